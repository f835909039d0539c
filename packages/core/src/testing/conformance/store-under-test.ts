import { afterEach, beforeEach, it } from 'vitest';
import type { AttemptedRollout } from '../../rollout/rollout.ts';
import type { Span, SpanInput } from '../../span/span.ts';
import type { EnqueueRolloutRequest, LightningStore } from '../../store/lightning-store.ts';
import { type Clock, systemClock } from '../../time/clock.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** A store that was made for one test. */
export interface OpenedStore {
  readonly store: LightningStore;
  /**
   * Closes the store and opens it again on the same data, as another process would; answers the new one. Absent where nothing outlives the store.
   */
  reopen?(): Promise<LightningStore>;
  /** Releases what stands around the store (a server, a file). The store itself is closed before. */
  dispose?(): Promise<void>;
}

/** A way to make stores. */
export interface StoreBackend {
  /**
   * `virtual` if stores take the clock that {@link StoreBackend.open} is given; `real` if they keep to the machine's.
   */
  readonly clock: 'virtual' | 'real';
  /**
   * Whether a claim without a claim id gets one all the same, and is on a lease with it: a client does that, so that it can ask again. Default: no.
   */
  readonly everyClaimHasAnId?: boolean;
  /**
   * Whether a reply may be that of a request which was sent again, as the first one was lost: then the span is stored already, and a number was
   * taken in vain. Only histories know of it. Default: no.
   */
  readonly losesReplies?: boolean;
  /** Makes an empty store. */
  open(given: { readonly clock: Clock }): Promise<OpenedStore>;
}

/** The store of the current test, a new one each time, and what tests do with it. */
export class StoreUnderTest {
  readonly clock = new VirtualClock();
  readonly #backend: StoreBackend;
  #opened: OpenedStore | undefined;
  #store: LightningStore | undefined;

  constructor(backend: StoreBackend) {
    this.#backend = backend;
    beforeEach(async () => {
      this.#opened = await backend.open({ clock: backend.clock === 'virtual' ? this.clock : systemClock });
      this.#store = this.#opened.store;
    });
    afterEach(async () => {
      await this.#store?.close();
      await this.#opened?.dispose?.();
      this.#opened = undefined;
      this.#store = undefined;
    });
  }

  /** As {@link StoreBackend.everyClaimHasAnId}. */
  get everyClaimHasAnId(): boolean {
    return this.#backend.everyClaimHasAnId ?? false;
  }

  /** The store of this test. */
  get store(): LightningStore {
    if (this.#store === undefined) throw new Error('The store exists only while a test runs');
    return this.#store;
  }

  /**
   * Closes the store and opens it again on the same data.
   * @returns the new one, `undefined` where nothing outlives a store
   */
  async reopen(): Promise<LightningStore | undefined> {
    if (this.#opened?.reopen === undefined) return undefined;
    this.#store = await this.#opened.reopen();
    return this.#store;
  }

  /** `it`, skipped where the store keeps to the machine's clock. */
  get itTravelsInTime(): typeof it.skip {
    return this.#backend.clock === 'virtual' ? it : it.skip;
  }

  /** Lets at least a few milliseconds pass on the store's clock. */
  async tick(): Promise<void> {
    if (this.#backend.clock === 'virtual') this.clock.advance(1);
    else await new Promise((resolve) => setTimeout(resolve, 3));
  }

  /** Awaits `promise` while time passes on the store's clock. */
  async whileTimePasses<T>(promise: Promise<T>): Promise<T> {
    let isSettled = this.#backend.clock === 'real';
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) {
      await nextTurn();
      this.clock.advance(0.05);
    }
    return promise;
  }

  /** Waits until `isTrue` answers so. */
  async until(isTrue: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + 30_000;
    while (!(await isTrue())) {
      if (performance.now() > giveUpAt) throw new Error('Waited 30 s for something that does not happen');
      await nextTurn();
    }
  }

  /** Enqueues and claims a rollout. */
  async claimed(request: Partial<EnqueueRolloutRequest> = {}, workerId?: string): Promise<AttemptedRollout> {
    await this.store.enqueueRollout({ input: 'task', ...request });
    const claimed = await this.store.dequeueRollout(workerId === undefined ? {} : { workerId });
    if (claimed === undefined) throw new Error('The queue is empty right after something was enqueued');
    return claimed;
  }

  /** The status of a rollout. */
  async statusOf(rolloutId: string): Promise<string | undefined> {
    return (await this.store.getRolloutById(rolloutId))?.status;
  }
}

let spanCount = 0;

/** A span of an attempt, with a span id of its own, to be numbered by the store unless `fields` say otherwise. */
export function spanOf(claimed: AttemptedRollout, fields: Partial<SpanInput> = {}): SpanInput {
  spanCount += 1;
  return {
    rolloutId: claimed.rolloutId,
    attemptId: claimed.attempt.attemptId,
    sequenceId: null,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: spanCount.toString(16).padStart(16, '0'),
    parentId: null,
    name: 'span',
    status: { statusCode: 'OK', description: null },
    attributes: {},
    events: [],
    links: [],
    startTime: 1,
    endTime: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
    ...fields,
  };
}

/** The span ids of spans, in order. */
export function spanIds(spans: Iterable<Pick<Span, 'spanId'>>): string[] {
  return Array.from(spans, ({ spanId }) => spanId);
}

/** The ids of rollouts, in order. */
export function rolloutIds(rollouts: Iterable<{ readonly rolloutId: string }>): string[] {
  return Array.from(rollouts, ({ rolloutId }) => rolloutId);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
