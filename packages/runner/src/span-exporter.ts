import {
  type Clock,
  type ClockTimer,
  isLightningError,
  isRewardSpan,
  type Logger,
  type SpanDraft,
  type SpanFromDraftOptions,
  type SpanInput,
  type SpanSink,
  spanFromDraft,
} from '@agentlightning/core';
import { limitAttributes } from './limit-attributes.ts';
import { type Redactor, redactSpan } from './redact-secrets.ts';
import type { SpanOutbox } from './span-outbox.ts';
import { retryWhileUnavailable } from './store-retry.ts';

/** Spans are sent when this many wait … */
const BATCH_SIZE = 64;
/** … or when the oldest has waited this long, in milliseconds. */
const LONGEST_WAIT_MS = 200;
/** Texts of at most this length (UTF-16 units) go with the report of the attempt. */
const MAX_REPORTED_TEXT = 256 * 1024;
/** At most this many spans wait, and texts of this length altogether (UTF-16 units). What comes on top is lost, rewards excepted. */
const MAX_WAITING_SPANS = 4096;
const MAX_WAITING_TEXT = 32 * 1024 * 1024;

/** What a {@link SpanExporter} works with. */
export interface SpanExporterOptions {
  /** Where spans go to. */
  readonly outbox: Pick<SpanOutbox, 'addManySpans'>;
  readonly target: Omit<SpanFromDraftOptions, 'now'>;
  /** Takes out what is secret by then: more may become known while the agent works. */
  readonly redactor: () => Redactor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds to come back to a store that cannot be reached. */
  readonly outageBudgetMs: number;
  /** Once aborted, nothing is tried again. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly span: SpanInput;
  readonly textLength: number;
}

/**
 * Brings the spans of one attempt into the store, in batches and behind the agent's back: adding one never waits and never throws. Secrets are taken
 * out and long texts cut. What could not be stored is counted, logged once, and changes nothing for the agent.
 */
export class SpanExporter implements SpanSink {
  readonly #options: SpanExporterOptions;
  #waiting: Waiting[] = [];
  #waitingText = 0;
  #timer: ClockTimer | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;
  /** Whether whoever is sending leaves the rest for the report. */
  #isHandingOver = false;
  #lost = 0;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  /** How many spans could not be stored. */
  get lostSpans(): number {
    return this.#lost;
  }

  /** Takes a span. After {@link close} it is ignored: the attempt has been reported. */
  add(draft: SpanDraft): void {
    if (this.#closed) return;
    try {
      this.#enqueue(draft);
    } catch (error) {
      this.#lose(1, error);
    }
  }

  /** Takes no more and waits until everything is stored, or given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flush();
  }

  /**
   * Takes no more, and hands over the last spans, to be stored with the report of the attempt: one request less. Everything before them is stored or
   * given up by then. Spans that are too many for a report are stored as well.
   */
  async takeLast(): Promise<readonly SpanInput[]> {
    this.#closed = true;
    this.#isHandingOver = true;
    await this.#sending;
    this.#isHandingOver = false;
    if (this.#waiting.length > BATCH_SIZE || this.#waitingText > MAX_REPORTED_TEXT) await this.#flush();
    this.#timer?.cancel();
    this.#waitingText = 0;
    return this.#waiting.splice(0).map(({ span }) => span);
  }

  /** Stores spans that were handed over and not stored: those that the store refuses are lost, and no others. */
  async store(spans: readonly SpanInput[]): Promise<void> {
    await this.#send(spans);
  }

  #enqueue(draft: SpanDraft): void {
    const { target, redactor, clock } = this.#options;
    const span = redactSpan(spanFromDraft(draft, { ...target, now: clock.now() }), redactor());
    const { attributes, textLength } = limitAttributes(span.attributes);
    span.attributes = attributes;
    const isFull = this.#waiting.length >= MAX_WAITING_SPANS || this.#waitingText + textLength > MAX_WAITING_TEXT;
    if (isFull && !isRewardSpan(span)) {
      this.#lose(1, undefined);
      return;
    }
    this.#waiting.push({ span, textLength });
    this.#waitingText += textLength;
    if (this.#waiting.length >= BATCH_SIZE) void this.#flush();
    else this.#timer ??= clock.setTimer(LONGEST_WAIT_MS, () => void this.#flush());
  }

  /** Sends until nothing waits. One sender at a time: the store numbers spans in the order in which they come. */
  #flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#sending ??= this.#sendAll();
    return this.#sending ?? Promise.resolve();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isHandingOver) {
      const batch = this.#waiting.slice(0, BATCH_SIZE);
      this.#waiting = this.#waiting.slice(BATCH_SIZE);
      for (const { textLength } of batch) this.#waitingText -= textLength;
      await this.#send(batch.map(({ span }) => span));
    }
    // In the turn in which nothing was left, so that what comes next finds no sender that has stopped looking.
    this.#sending = undefined;
  }

  async #send(spans: readonly SpanInput[]): Promise<void> {
    const { outbox, clock, logger, outageBudgetMs, signal } = this.#options;
    try {
      await retryWhileUnavailable(() => outbox.addManySpans(spans), {
        clock,
        logger,
        budgetMs: outageBudgetMs,
        signal,
      });
    } catch (error) {
      const hopeless = ['UNAVAILABLE', 'STORE_CLOSING', 'NOT_FOUND'] as const;
      if (spans.length === 1 || hopeless.some((code) => isLightningError(error, code))) this.#lose(spans.length, error);
      // One span that the store refuses must not take the others along.
      else for (const span of spans) await this.#send([span]);
    }
  }

  #lose(count: number, error: unknown): void {
    this.#lost += count;
    this.#options.logger.debug({ err: error, ...this.#options.target }, 'A span could not be stored');
  }
}
