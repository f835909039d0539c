import {
  type Clock,
  type EndpointFailure,
  endpointFailureOf,
  type HeaderReader,
  LightningError,
  type ModelCall,
  type ModelCallOptions,
  retryAfterMs,
  systemClock,
  withoutKeys,
} from '@agentlightning/core';
import { type Destination, ModelCallLimiter, type Permit } from './model-call-limiter.ts';
import type { ModelTrouble } from './model-trouble.ts';
import { RetryBudget } from './retry-budget.ts';

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_MAX_RETRIES = 10;

/** The longest delay before the second try, and before any. Each is drawn from 0 to that, so that those who failed together do not come back together. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** The longest that `Retry-After` is honoured; the limiter keeps to the same. */
const LONGEST_RETRY_AFTER_MS = 120_000;

/** What a call is made with besides what the algorithm says. */
export interface GatedCall {
  /** Once aborted, no further try is made. */
  readonly stop: AbortSignal;
  /** Aborted: the try under way is to end. */
  readonly abort: AbortSignal;
  /** Makes one try: who counts tries, or pays for them, does it around it. What it throws is taken for what the try threw. */
  readonly each: <V>(request: () => Promise<V>) => Promise<V>;
}

/** What a {@link ModelGate} works with. */
export interface ModelGateOptions {
  readonly clock?: Clock;
  /** In [0, 1), for delays. */
  readonly random?: () => number;
  /** Hears of calls that are made again, and of those that were answered. */
  readonly trouble?: Pick<ModelTrouble, 'failed' | 'answered'>;
}

/**
 * Makes the model calls of a run's algorithm: paced by a {@link ModelCallLimiter}, each within a time limit, tried again after what passes as far as the run's
 * {@link RetryBudget} goes. The one place where such calls are tried again.
 */
export class ModelGate {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #limiter: ModelCallLimiter;
  readonly #budget = new RetryBudget();
  readonly #trouble: ModelGateOptions['trouble'];

  constructor({ clock = systemClock, random = Math.random, trouble }: ModelGateOptions = {}) {
    this.#trouble = trouble;
    this.#clock = clock;
    this.#random = random;
    this.#limiter = new ModelCallLimiter(clock, random);
  }

  /**
   * Makes one call.
   * @throws what the last try threw, LightningError `TIMEOUT` for one without an answer in time; `MODEL_UNAVAILABLE` when the run has used up its retries
   */
  async call<V>(call: ModelCall<V>, options: ModelCallOptions, gated: GatedCall): Promise<V> {
    const { maxRetries = DEFAULT_MAX_RETRIES, isPassing = () => false } = options;
    this.#budget.called();
    for (let retry = 0; ; retry += 1) {
      try {
        const reply = await this.#try(call, options, gated);
        this.#trouble?.answered();
        return reply;
      } catch (error) {
        const failure = endpointFailureOf(error);
        if (failure?.kind !== 'passing' && !isPassing(error)) throw error;
        gated.stop.throwIfAborted();
        if (retry >= maxRetries) throw error;
        this.#trouble?.failed(error instanceof Error ? withoutKeys(error.message) : String(error));
        if (!this.#budget.take()) throw outOfRetries(error, this.#budget.retries);
        await this.#pause(this.#delayMs(retry, failure), gated.stop);
      }
    }
  }

  /**
   * Has calls wait for a host that somebody else found busy.
   * @param until - seconds since the epoch
   */
  holdOff(host: string, until: number): void {
    const ms = (until - this.#clock.now()) * 1000;
    if (ms > 0) this.#limiter.holdOff(host, ms);
  }

  async #try<V>(call: ModelCall<V>, options: ModelCallOptions, { stop, abort, each }: GatedCall): Promise<V> {
    const { host = '', model = '', timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = options;
    const destination: Destination = { host, model };
    const permit = await this.#limiter.acquire(destination, stop);
    let header: HeaderReader | undefined;
    try {
      const value = await each(() =>
        this.#inTime(timeoutSeconds, abort, (signal) =>
          call(signal, (heard) => {
            header = heard;
          }),
        ),
      );
      permit.succeeded(header);
      return value;
    } catch (error) {
      tell(permit, error, header);
      throw error;
    }
  }

  /** Ends with the time limit, and with `abort`, also when the call heeds neither. */
  async #inTime<V>(seconds: number, abort: AbortSignal, call: (signal: AbortSignal) => Promise<V>): Promise<V> {
    const limit = new AbortController();
    const ended = Promise.withResolvers<never>();
    const end = (reason: unknown): void => {
      limit.abort(reason);
      ended.reject(reason);
    };
    const onAbort = (): void => end(abort.reason);
    const timer = this.#clock.setTimer(seconds * 1000, () =>
      end(new LightningError('TIMEOUT', `The model did not answer within ${seconds} s`)),
    );
    if (abort.aborted) onAbort();
    abort.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = call(limit.signal);
      // Whoever was not waited for must not end the process.
      answer.catch(() => {});
      return await Promise.race([answer, ended.promise]);
    } catch (error) {
      // A client makes an error of its own of an abort.
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      timer.cancel();
      abort.removeEventListener('abort', onAbort);
    }
  }

  #delayMs(retry: number, failure: EndpointFailure | undefined): number {
    const asked = failure === undefined ? undefined : retryAfterMs(failure.header, this.#clock.now());
    const backoff = this.#random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** retry);
    // Asked for, it is the least; some more keeps those apart who were asked alike.
    return asked === undefined ? backoff : Math.min(LONGEST_RETRY_AFTER_MS, asked) + backoff / 10;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(signal.reason as Error);
    const timer = this.#clock.setTimer(ms, resolve);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', leave);
    }
  }
}

function tell(permit: Permit, error: unknown, header: HeaderReader | undefined): void {
  const failure = endpointFailureOf(error);
  if (failure?.isThrottled) permit.throttled(failure.header);
  else if (failure?.kind === 'passing') permit.lost();
  // An answer that is no use was one all the same.
  else if (header !== undefined) permit.succeeded(header);
  else permit.ended();
}

function outOfRetries(error: unknown, retries: number): LightningError {
  return new LightningError(
    'MODEL_UNAVAILABLE',
    `The run has tried ${retries} model calls again, which is all that it may: the endpoint is in trouble`,
    { cause: error, details: { reason: 'retry-budget', retries } },
  );
}
