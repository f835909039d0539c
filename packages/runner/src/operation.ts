import {
  exceptionAttributes,
  newSpanId,
  refuseUnknownOptions,
  SPAN_ATTRIBUTES,
  SPAN_NAMES,
  type SpanDraft,
  toSpanAttributes,
} from '@agentlightning/core';
import { currentAttempt, recordSpan, runInOperation } from './attempt-context.ts';
import { outsideOfAttempt } from './emitters.ts';

/** What an operation's function gets. */
export interface Operation {
  /** 16 hex digits. */
  readonly spanId: string;
  /** Records what the operation works on, by name. Later calls add. JSON; what is not becomes text. */
  setInput(input: Readonly<Record<string, unknown>>): void;
  /** Records the result. Default: what the function returns, if it is not `undefined`. */
  setOutput(output: unknown): void;
  /** Records anything else about it. */
  setAttributes(attributes: Readonly<Record<string, unknown>>): void;
}

/** What an operation is called, and more. */
export interface OperationOptions {
  readonly name: string;
  /** Further attributes; may be nested. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** `false`: the operation is not recorded, only handed to `onEnd`. Default `true`, which needs a running attempt. */
  readonly propagate?: boolean;
  /** Gets the span once the operation has ended. */
  readonly onEnd?: (span: SpanDraft) => void;
}

const OPTION_NAMES: readonly (keyof OperationOptions)[] = ['name', 'attributes', 'propagate', 'onEnd'];

/**
 * Runs `body` as a named operation of the running attempt and records it as a span. Model calls, rewards and operations within have it as their parent.
 * An error is recorded and thrown on.
 *
 * Mirrors the scoped form of upstream's `operation` (v0.3.0).
 *
 * @returns what `body` returns, a promise if that is one
 * @throws LightningError `INVALID_ARGUMENT` outside of an attempt, TypeError for an unknown option, before anything runs
 *
 * @example
 * ```ts
 * const rooms = await operation('look up rooms', async (op) => {
 *   op.setInput({ date });
 *   return await calendar.freeRooms(date);
 * });
 * ```
 */
export function operation<T>(nameOrOptions: string | OperationOptions, body: (operation: Operation) => T): T {
  const options = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  refuseUnknownOptions('Cannot begin the operation', options, OPTION_NAMES);
  if ((options.propagate ?? true) && currentAttempt() === undefined) throw outsideOfAttempt('operation');
  const running = new RunningOperation(options);
  try {
    const result = runInOperation(running.spanId, () => body(running));
    if (!isPromise(result)) {
      running.succeed(result);
      return result;
    }
    return result.then(
      (value: unknown) => {
        running.succeed(value);
        return value;
      },
      (error: unknown) => {
        running.fail(error);
        throw error;
      },
    ) as T;
  } catch (error) {
    running.fail(error);
    throw error;
  }
}

/**
 * Makes a function whose every call is an {@link operation}: its arguments are the input (`args.0`, `args.1`, …), its result the output. Mirrors the
 * decorator form of upstream's `operation` (v0.3.0), which can also name the arguments.
 *
 * @param nameOrOptions - default: the name of the function
 */
export function operationOf<TThis, TArguments extends unknown[], TResult>(
  fn: (this: TThis, ...args: TArguments) => TResult,
  nameOrOptions: string | OperationOptions = fn.name,
): (this: TThis, ...args: TArguments) => TResult {
  return function (this: TThis, ...args: TArguments): TResult {
    return operation(nameOrOptions, (running) => {
      running.setInput({ args });
      return fn.apply(this, args);
    });
  };
}

class RunningOperation implements Operation {
  readonly spanId = newSpanId();
  readonly #options: OperationOptions;
  readonly #startTime = Date.now() / 1000;
  readonly #started = performance.now();
  #attributes: Record<string, unknown> = {};
  #output: unknown;
  #hasOutput = false;

  constructor(options: OperationOptions) {
    this.#options = options;
  }

  setInput(input: Readonly<Record<string, unknown>>): void {
    this.#add(SPAN_ATTRIBUTES.operationInput, input);
  }

  setOutput(output: unknown): void {
    this.#output = output;
    this.#hasOutput = true;
  }

  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#attributes, describable(attributes));
  }

  succeed(result: unknown): void {
    if (!this.#hasOutput && result !== undefined) this.setOutput(result);
    this.#end('UNSET', null);
  }

  fail(error: unknown): void {
    if (error instanceof Error) Object.assign(this.#attributes, exceptionAttributes(error));
    this.#end('ERROR', error instanceof Error ? error.message : String(error));
  }

  #add(prefix: string, value: unknown): void {
    Object.assign(this.#attributes, describable({ [prefix]: value }));
  }

  #end(statusCode: 'UNSET' | 'ERROR', description: string | null): void {
    if (this.#hasOutput) this.#add(SPAN_ATTRIBUTES.operationOutput, this.#output);
    const { name, attributes = {}, propagate = true, onEnd } = this.#options;
    const span: SpanDraft = {
      name: SPAN_NAMES.operation,
      attributes: {
        ...describable(attributes),
        ...(this.#attributes as SpanDraft['attributes']),
        [SPAN_ATTRIBUTES.operationName]: name,
      },
      status: { statusCode, description },
      spanId: this.spanId,
      startTime: this.#startTime,
      endTime: this.#startTime + (performance.now() - this.#started) / 1000,
    };
    if (propagate) recordSpan(span);
    onEnd?.(span);
  }
}

/** As span attributes; what cannot be flattened (a cycle, a `Map`) is described instead, as recording must not fail the work. */
function describable(nested: Readonly<Record<string, unknown>>): SpanDraft['attributes'] {
  try {
    return toSpanAttributes(nested);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return Object.fromEntries(Object.keys(nested).map((key) => [key, `[not recorded: ${reason}]`]));
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
