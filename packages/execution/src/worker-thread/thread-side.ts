import { errorFromWire, errorToWire, type LightningError, type Logger, silentLogger } from '@agentlightning/core';
import { osThreadId } from './child-processes.ts';
import type { ThreadInput, WorkerContext } from './input.ts';
import type { LogLevel, ThreadOutput } from './output.ts';

/** What a thread does with what it is sent. */
export interface ThreadHandlers<TRequest> {
  /** Whatever it returns is the answer and must survive `structuredClone`; whatever it throws crosses as `ErrorWire`. */
  readonly onRequest: (request: TRequest) => Promise<unknown>;
  readonly onDrain: (reason: LightningError) => void;
  readonly onAbort: (reason: LightningError) => void;
}

/** Answers requests for as long as the thread or process lives: the promise stays open, and the main thread ends it. */
export function serveThread<TRequest>(context: WorkerContext, handlers: ThreadHandlers<TRequest>): Promise<never> {
  const post = (output: ThreadOutput): void => context.port.post(output);
  const answer = async (requestId: number, request: TRequest): Promise<void> => {
    try {
      post({ type: 'answer', requestId, value: await handlers.onRequest(request) });
    } catch (error) {
      postFailure(post, requestId, error);
    }
  };
  context.port.listen((message) => {
    const input = message as ThreadInput<TRequest>;
    switch (input.type) {
      case 'request':
        void answer(input.requestId, input.request);
        break;
      case 'drain':
        handlers.onDrain(errorFromWire(input.reason));
        break;
      case 'abort':
        handlers.onAbort(errorFromWire(input.reason));
        break;
      default:
        input satisfies never;
    }
  });
  const threadId = osThreadId();
  if (threadId !== undefined) post({ type: 'thread', osThreadId: threadId });
  return new Promise(() => {});
}

/** A logger that writes to the main thread's. */
export function threadLogger(context: WorkerContext): Logger {
  if (!context.logs) return silentLogger;
  const write =
    (level: LogLevel) =>
    (fields: object, message?: string): void => {
      const output = { type: 'log', level, fields, message } satisfies ThreadOutput;
      try {
        context.port.post(output);
      } catch {
        // Something among the fields cannot be cloned; what is left of them as text is worth more than losing the line.
        context.port.post({ ...output, fields: asText(fields) } satisfies ThreadOutput);
      }
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function postFailure(post: (output: ThreadOutput) => void, requestId: number, error: unknown): void {
  const wire = errorToWire(error);
  try {
    post({ type: 'failure', requestId, error: wire });
  } catch {
    // The details of somebody's error need not be cloneable. Code and message are.
    const { code, message, name } = wire;
    post({ type: 'failure', requestId, error: { code, message, name, details: {} } });
  }
}

function asText(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}
