import type { AttemptedRollout, Rollout, RolloutConfig } from '../../rollout/rollout.ts';
import type { Span, SpanInput } from '../../span/span.ts';
import type { AttemptPatch, LightningStore, RolloutChange, RolloutPatch } from '../../store/lightning-store.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { findDifference } from './difference.ts';
import type { ConfigChoice, HistoryCommand, SpanChoice } from './history-command.ts';
import {
  type AttemptIds,
  asStored,
  asUpdate,
  attemptIdOf,
  byKey,
  modelRequest,
  resourcesOf,
  span,
  UNKNOWN,
} from './history-values.ts';
import { StoreInvariants } from './invariants.ts';
import type { ModelRollout } from './model-records.ts';
import { ReferenceStore } from './reference-store.ts';
import { NOT_FOUND, Refusal } from './refusal.ts';

/** The store that a history happens to. */
export interface HistorySubject {
  /** The store as it is now; another object after a restart. */
  readonly store: LightningStore;
  readonly clock: VirtualClock;
  /** A claim without an id gets one on its way. */
  readonly everyClaimHasAnId: boolean;
  /** A reply may be that of a request that was sent again. */
  readonly losesReplies: boolean;
  /** Ends the store and opens it again on the same data; absent where nothing outlives it. */
  restart?(): Promise<void>;
}

/** Rollouts under chosen ids have these hundredths and the two after it. */
const CHOSEN_ORDINAL = 97;
const TOTALS = ['totalRollouts', 'totalAttempts', 'totalSpans', 'totalResources', 'totalWorkers'] as const;

/**
 * One history: takes commands, gives each to the store and to the reference model, and throws as soon as the two differ or an invariant does
 * not hold. A store may have been used before; what this history makes is marked by its `tag`.
 */
export class HistoryRun {
  readonly #subject: HistorySubject;
  readonly #tag: string;
  readonly #model: ReferenceStore;
  readonly #invariants = new StoreInvariants();
  readonly #before: readonly number[];
  /** Every attempt that was ever handed out. */
  readonly #attempts: AttemptIds[] = [];
  readonly #touched = new Set<string>();
  #heard: RolloutChange[] = [];
  #stopListening: (() => void) | undefined;

  private constructor(subject: HistorySubject, tag: string, latestResourcesId: string | null, before: number[]) {
    this.#subject = subject;
    this.#tag = tag;
    this.#model = new ReferenceStore({ now: subject.clock.now(), latestResourcesId });
    this.#before = before;
    this.#listen();
  }

  /** @param tag - of letters and digits, another one for each history of a store */
  static async begin(subject: HistorySubject, tag: string): Promise<HistoryRun> {
    const latest = await subject.store.getLatestResources();
    const statistics = await subject.store.statistics();
    const before = TOTALS.map((name) => statistics[name]);
    return new HistoryRun(subject, tag, latest?.resourcesId ?? null, before);
  }

  /** Everything at once, so that a failure names what it was at. */
  static async play(subject: HistorySubject, tag: string, commands: readonly HistoryCommand[]): Promise<void> {
    const run = await HistoryRun.begin(subject, tag);
    try {
      for (const [index, command] of commands.entries()) {
        await run.take(command).catch((error: unknown) => {
          throw new Error(`Step ${index} (${command.type}): ${String(error)}`, { cause: error });
        });
      }
      await run.finish();
    } finally {
      run.#stopListening?.();
    }
  }

  async take(command: HistoryCommand): Promise<void> {
    const times = 'again' in command && command.again ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#sweep();
      await this.#step(command);
    }
    await this.#compareTouched();
  }

  /** Compares all that this history made, and claims what is left in the queue. */
  async finish(): Promise<void> {
    const { store } = this.#subject;
    this.#sweep();
    const ids = [...this.#model.rollouts.keys()];
    const { items: rollouts } = await store.queryRollouts({ rolloutIdIn: ids });
    this.#expectSame('rollouts', rollouts, [...this.#model.rollouts.values()].map(asStored));
    for (const rollout of this.#model.rollouts.values()) await this.#compareAll(rollout);
    const workers = await store.queryWorkers({ workerIdContains: `${this.#tag}-w` });
    this.#expectSame('workers', workers.items, [...this.#model.workers.values()]);
    for (const expected of this.#model.resources.values()) {
      const update = await store.getResourcesById(expected.resourcesId);
      this.#expectSame('resources', update, asUpdate(expected));
    }
    this.#expectSame('latest', (await store.getLatestResources())?.resourcesId ?? null, this.#model.latestResourcesId);
    await this.#count();
    const queued = this.#model.queue().map(({ record }) => record.rolloutId);
    const claim = () => store.dequeueManyRollouts({ limit: queued.length + 1 });
    const claimed = await claim().catch(claim);
    this.#invariants.finish(rollouts, claimed);
    this.#expectSame(
      'queue',
      claimed.map(({ rolloutId }) => rolloutId),
      queued,
    );
    for (const { record } of this.#model.rollouts.values()) {
      await store.updateRollout(record.rolloutId, { status: 'cancelled' });
    }
  }

  async #step(command: HistoryCommand): Promise<void> {
    switch (command.type) {
      case 'enqueue':
        return this.#enqueue(command);
      case 'enqueue-as':
      case 'start-as':
      case 'start':
        return this.#makeOne(command);
      case 'claim':
        return this.#claim(command);
      case 'heartbeat':
        return this.#heartbeat(command);
      case 'forget':
        return this.#forget(command);
      case 'spans':
        return this.#addSpans(command);
      case 'report':
        return this.#report(command);
      case 'start-attempt':
        return this.#startAttempt(command);
      case 'cancel':
        return this.#update(this.#rolloutId(command.which), { status: 'cancelled' });
      case 'update':
        return this.#update(this.#rolloutId(command.which), this.#patchOf(command));
      case 'resources':
        return this.#putResources(command);
      case 'sequence':
        return this.#sequence(command);
      case 'wait':
        return this.#wait(command);
      case 'count':
        return this.#count();
      case 'advance':
        this.#subject.clock.advance(command.seconds);
        return this.#sweep();
      case 'restart':
        return this.#restart();
      default:
        throw new TypeError(`Unknown command: ${JSON.stringify(command satisfies never)}`);
    }
  }

  async #enqueue({ count, config, priority, resources }: HistoryCommand & { type: 'enqueue' }): Promise<void> {
    const requests = Array.from({ length: count }, (_, index) => ({
      input: { task: index },
      config: this.#configOf(config, this.#ordinal(index)),
      priority,
      ...(resources ? { resourcesId: 'rs-chosen', mode: 'val' as const, metadata: { some: 'thing' } } : {}),
    }));
    await this.#ask(
      () => this.#subject.store.enqueueManyRollouts(requests),
      (made) => this.#model.enqueue(requests.map((request, index) => modelRequest(request, made?.[index]?.rolloutId))),
      (made) => this.#acknowledge(made),
    );
  }

  async #makeOne(command: HistoryCommand & { type: 'enqueue-as' | 'start-as' | 'start' }): Promise<void> {
    const { store } = this.#subject;
    const request =
      command.type === 'start'
        ? { input: null, config: this.#configOf(command.config, this.#ordinal(0)) }
        : { input: { nested: [command.input] }, ...this.#chosen(command.chosen) };
    const workerId = this.#workerId(command.worker);
    if (command.type === 'enqueue-as') {
      await this.#ask(
        () => store.enqueueRollout(request),
        () => this.#model.enqueue([modelRequest(request, undefined)])[0] as Rollout,
        (made) => this.#acknowledge([made]),
      );
      return;
    }
    await this.#ask(
      () => store.startRollout({ ...request, workerId }),
      (made) => asStored(this.#model.start(modelRequest(request, made?.rolloutId), attemptIdOf(made), workerId)),
      (made) => {
        this.#acknowledge([made]);
        this.#handedOut([made], true);
      },
    );
  }

  async #claim({ limit, worker, claim }: HistoryCommand & { type: 'claim' }): Promise<void> {
    const workerId = this.#workerId(worker);
    const claimId = claim === null ? null : `${this.#tag}-claim-${claim}`;
    const ownId = this.#subject.everyClaimHasAnId ? `own-${this.#attempts.length}` : null;
    const options = { limit, ...(workerId === null ? {} : { workerId }), ...(claimId === null ? {} : { claimId }) };
    await this.#ask(
      () => this.#subject.store.dequeueManyRollouts(options),
      (claimed) => this.#model.claim(limit, workerId, claimId ?? ownId, claimed?.map(attemptIdOf) ?? []).map(asStored),
      (claimed) => this.#handedOut(claimed as AttemptedRollout[], claimId !== null),
    );
  }

  async #heartbeat({ worker, attempts, stats }: HistoryCommand & { type: 'heartbeat' }): Promise<void> {
    const workerId = this.#workerId(worker) as string;
    const named = attempts?.map((which) => this.#attempt(which));
    const heartbeatStats = stats ? { cpu_pct: worker } : undefined;
    const heartbeat = {
      ...(named === undefined ? {} : { attempts: named }),
      ...(heartbeatStats === undefined ? {} : { heartbeatStats }),
    };
    await this.#ask(
      () => this.#subject.store.updateWorker(workerId, heartbeat),
      () => {
        const fencedAttemptIds = this.#model.heartbeat(workerId, heartbeatStats, named);
        return { ...this.#model.workers.get(workerId), fencedAttemptIds };
      },
    );
    this.#touch(...(named ?? []));
  }

  async #forget({ worker }: HistoryCommand & { type: 'forget' }): Promise<void> {
    for (const seconds of [0, 16, 16]) {
      this.#subject.clock.advance(seconds);
      this.#sweep();
      await this.#heartbeat({ type: 'heartbeat', worker, attempts: [], stats: false, again: false });
    }
  }

  async #addSpans({ spans: choices }: HistoryCommand & { type: 'spans' }): Promise<void> {
    const { store } = this.#subject;
    const spans = choices.map((choice) => this.#spanOf(choice));
    const predict = (actual: readonly SpanInput[] | undefined) => {
      const { stored, hasUnknown } = this.#model.addSpans(spans);
      if (hasUnknown) throw NOT_FOUND;
      if (!this.#subject.losesReplies) return stored;
      // What the lost reply told is not told again.
      return stored.filter(({ spanId }) => actual?.some((span) => span.spanId === spanId));
    };
    const [first] = spans;
    await this.#ask(
      async () => {
        if (spans.length > 1 || first === undefined) return store.addManySpans(spans);
        const stored = await store.addSpan(first);
        return stored === undefined ? [] : [stored];
      },
      predict,
      (stored) => {
        for (const span of stored) this.#invariants.storedSpan(span as Span);
      },
    );
    this.#touch(...spans);
  }

  async #report(command: HistoryCommand & { type: 'report' }): Promise<void> {
    const { rolloutId, attemptId } = this.#attempt(command.which);
    const target = command.latest ? 'latest' : attemptId;
    const patch: AttemptPatch = {
      ...(command.status === null ? {} : { status: command.status }),
      ...(command.worker === null ? {} : { workerId: this.#workerId(command.worker) ?? '' }),
      ...(command.heartbeat === null ? {} : { lastHeartbeatTime: this.#model.now + command.heartbeat }),
      ...(command.metadata ? { metadata: { note: command.which } } : {}),
      ...(command.isOutage === true ? { metadata: { reason: 'model outage' } } : {}),
      ...(command.givenBack === true && command.status === 'unresponsive' ? { givenBack: true } : {}),
    };
    const latest = this.#model.rollouts.get(rolloutId)?.attempts.at(-1)?.record.attemptId;
    const spans = command.spans.map((key) =>
      span({ rolloutId, attemptId: (command.latest ? latest : undefined) ?? attemptId }, key, null),
    );
    await this.#ask(
      () => this.#subject.store.updateAttempt(rolloutId, target, patch, { spans }),
      () => {
        if (this.#model.addSpans(spans).hasUnknown) throw NOT_FOUND;
        return this.#model.report(rolloutId, target, patch);
      },
    );
    this.#touch({ rolloutId });
  }

  async #startAttempt({ which, worker, chosen }: HistoryCommand & { type: 'start-attempt' }): Promise<void> {
    const rolloutId = this.#rolloutId(which);
    const workerId = this.#workerId(worker);
    const attemptId = chosen === null ? undefined : `${this.#tag}-a${chosen}`;
    this.#invariants.operated(rolloutId);
    await this.#ask(
      () =>
        this.#subject.store.startAttempt(rolloutId, { workerId, ...(attemptId === undefined ? {} : { attemptId }) }),
      (started) => {
        const id = attemptId ?? attemptIdOf(started);
        const attempt = this.#model.startAttempt(rolloutId, id, workerId);
        return { ...this.#model.rollouts.get(rolloutId)?.record, attempt };
      },
      (started) => this.#handedOut([started], attemptId !== undefined),
    );
    this.#touch({ rolloutId });
  }

  async #update(rolloutId: string, patch: RolloutPatch): Promise<void> {
    this.#invariants.operated(rolloutId);
    await this.#ask(
      () => this.#subject.store.updateRollout(rolloutId, patch),
      () => this.#model.updateRollout(rolloutId, patch),
    );
    this.#touch({ rolloutId });
  }

  async #putResources({ key, text }: HistoryCommand & { type: 'resources' }): Promise<void> {
    const { store } = this.#subject;
    const resources = resourcesOf(`Text ${text} of {task}`);
    await this.#ask(
      () => (key === null ? store.addResources(resources) : store.updateResources(`${this.#tag}-r${key}`, resources)),
      (update) => asUpdate(this.#model.putResources(update?.resourcesId ?? '', `Text ${text} of {task}`)),
      (update) => this.#invariants.sawResources(update as never),
    );
  }

  async #sequence({ which }: HistoryCommand & { type: 'sequence' }): Promise<void> {
    const requests = which
      .map((index) => ({ ...UNKNOWN, rolloutId: this.#rolloutId(index) }))
      .filter(({ rolloutId }) => rolloutId !== UNKNOWN.rolloutId);
    await this.#ask(
      () => this.#subject.store.getManySpanSequenceIds(requests),
      (actual) =>
        requests.map(({ rolloutId }, index) =>
          this.#model.nextSequenceId(rolloutId, this.#subject.losesReplies ? actual?.[index] : undefined),
        ),
    );
  }

  async #wait({ which }: HistoryCommand & { type: 'wait' }): Promise<void> {
    const rolloutIds = which.map((index) => this.#rolloutId(index));
    await this.#ask(
      () => this.#subject.store.waitForRollouts({ rolloutIds, timeoutSeconds: 0 }),
      () => this.#model.ended(rolloutIds),
    );
  }

  async #count(): Promise<void> {
    const statistics = await this.#subject.store.statistics();
    const attempts = [...this.#model.rollouts.values()].flatMap((rollout) => rollout.attempts);
    const counted = [
      this.#model.rollouts.size,
      attempts.length,
      attempts.reduce((sum, { spans }) => sum + spans.size, 0),
      this.#model.resources.size,
      this.#model.workers.size,
    ];
    this.#expectSame(
      'statistics',
      TOTALS.map((name, index) => statistics[name] - (this.#before[index] ?? 0)),
      counted,
    );
  }

  async #restart(): Promise<void> {
    if (this.#subject.restart === undefined) return;
    this.#stopListening?.();
    await this.#subject.restart();
    this.#model.reopen();
    this.#listen();
    for (const rolloutId of this.#model.rollouts.keys()) this.#touched.add(rolloutId);
  }

  /**
   * Both are asked; what the store answered tells the model the ids that it made. Answers and refusals must be the same. A store that could not
   * be asked is asked again, as everybody does.
   */
  async #ask<T extends object>(
    call: () => Promise<T>,
    predict: (actual: T | undefined) => unknown,
    then: (actual: T) => void = () => {},
  ): Promise<void> {
    const answer = (): Promise<Outcome<T>> => call().then((value) => ({ value }), asRefusal);
    let actual = await answer();
    if ('code' in actual && actual.code === 'UNAVAILABLE') actual = await answer();
    const value = 'value' in actual ? actual.value : undefined;
    let difference = findDifference(actual, this.#predict(value, predict), 'answer');
    if (difference !== undefined && this.#subject.losesReplies) {
      // Perhaps it is the answer to the same request, sent again.
      this.#sweep();
      difference = findDifference(actual, this.#predict(value, predict), 'answer');
    }
    if (difference !== undefined) throw new Error(`The store and the model differ: ${difference}`);
    if (value !== undefined) then(value);
  }

  #predict<T>(actual: T | undefined, predict: (actual: T | undefined) => unknown): Outcome<unknown> {
    try {
      return { value: predict(actual) };
    } catch (error) {
      if (error instanceof Refusal) return { code: error.code };
      throw error;
    }
  }

  /** Lets the model notice the deadlines that have passed, and compares what listeners heard. */
  #sweep(): void {
    this.#model.advance(this.#subject.clock.now());
  }

  async #compareTouched(): Promise<void> {
    this.#sweep();
    for (const rolloutId of this.#touched) {
      const expected = this.#model.rollouts.get(rolloutId);
      const actual = await this.#subject.store.getRolloutById(rolloutId);
      this.#expectSame(rolloutId, actual, expected && asStored(expected));
      if (actual !== undefined) this.#invariants.saw(actual);
    }
    this.#touched.clear();
    const changes = this.#model.changes.splice(0);
    if (this.#stopListening !== undefined) this.#expectSame('changes', this.#heard.splice(0), changes);
  }

  async #compareAll(expected: ModelRollout): Promise<void> {
    const { store } = this.#subject;
    const { rolloutId } = expected.record;
    const attempts = await store.queryAttempts(rolloutId);
    this.#expectSame(
      `attempts of ${rolloutId}`,
      attempts.items,
      expected.attempts.map(({ record }) => record),
    );
    const spans = await store.querySpans({ rolloutId });
    const expectedSpans = expected.attempts.flatMap((attempt) => [...attempt.spans.values()]);
    this.#expectSame(`spans of ${rolloutId}`, byKey(spans), byKey(expectedSpans));
    this.#invariants.sawAll(expected.record, attempts.items, spans.items);
    const latest = expected.attempts.at(-1);
    if (latest === undefined || expected.attempts.length === 1) return;
    const own = await store.querySpans({ rolloutId, attemptId: 'latest' });
    this.#expectSame(`spans of the latest attempt of ${rolloutId}`, byKey(own), byKey(latest.spans.values()));
  }

  #listen(): void {
    this.#heard = [];
    this.#stopListening = this.#subject.store.onRolloutChange?.((change) => this.#heard.push(change));
  }

  #acknowledge(made: readonly Rollout[]): void {
    this.#invariants.acknowledged(made);
    for (const { rolloutId } of made) this.#touched.add(rolloutId);
  }

  #handedOut(claimed: readonly AttemptedRollout[], maybeAgain = false): void {
    const isNew = ({ rolloutId, attempt }: AttemptedRollout): boolean =>
      !this.#attempts.some((known) => known.rolloutId === rolloutId && known.attemptId === attempt.attemptId);
    const fresh = maybeAgain ? claimed.filter(isNew) : claimed;
    this.#invariants.handedOut(fresh);
    for (const { rolloutId, attempt } of fresh) {
      this.#attempts.push({ rolloutId, attemptId: attempt.attemptId });
      this.#touched.add(rolloutId);
    }
  }

  #touch(...ids: readonly { readonly rolloutId: string }[]): void {
    for (const { rolloutId } of ids) this.#touched.add(rolloutId);
  }

  #expectSame(what: string, actual: unknown, expected: unknown): void {
    const difference = findDifference(actual, expected, what);
    if (difference !== undefined) throw new Error(`The store and the model differ: ${difference}`);
  }

  /** One of the attempts that were ever handed out, sometimes one that never was. */
  #attempt(which: number): AttemptIds {
    if (which === 20) return { ...UNKNOWN, rolloutId: this.#rolloutId(0) };
    return this.#attempts[which % Math.max(1, this.#attempts.length)] ?? UNKNOWN;
  }

  #rolloutId(which: number): string {
    const ids = [...this.#model.rollouts.keys()];
    return (which === 20 ? undefined : ids[which % Math.max(1, ids.length)]) ?? UNKNOWN.rolloutId;
  }

  #workerId(worker: number | null): string | null {
    return worker === null ? null : `${this.#tag}-w${worker}`;
  }

  /** Each rollout has limits of its own to the hundredth of a second, so that no two deadlines pass at the same moment. */
  #configOf({ maxAttempts, retry, timeout, silence }: ConfigChoice, ordinal: number): RolloutConfig {
    const own = (ordinal + 0.5) / 100;
    return {
      maxAttempts,
      retryCondition: [...retry],
      timeoutSeconds: timeout === null ? null : timeout + own,
      unresponsiveSeconds: silence === null ? null : silence + own,
    };
  }

  /** Of the rollout that will be made after `more` others. */
  #ordinal(more: number): number {
    return (this.#model.rollouts.size + more) % CHOSEN_ORDINAL;
  }

  #chosen(chosen: number): { readonly rolloutId: string; readonly config: RolloutConfig } {
    const config = { maxAttempts: 2, retry: ['timeout', 'unresponsive'], timeout: 20, silence: 10 } as const;
    return { rolloutId: `${this.#tag}-c${chosen}`, config: this.#configOf(config, CHOSEN_ORDINAL + chosen) };
  }

  #patchOf({ which, status, config, metadata }: HistoryCommand & { type: 'update' }): RolloutPatch {
    const rolloutId = this.#rolloutId(which);
    const ordinal = rolloutId.startsWith(`${this.#tag}-c`)
      ? CHOSEN_ORDINAL + Number(rolloutId.at(-1))
      : [...this.#model.rollouts.keys()].indexOf(rolloutId) % CHOSEN_ORDINAL;
    return {
      ...(status === null ? {} : { status }),
      ...(config === null ? {} : { config: this.#configOf(config, ordinal) }),
      ...(metadata ? { metadata: { changed: true }, input: 'changed' } : {}),
    };
  }

  #spanOf({ which, key, sequence, unknown }: SpanChoice): SpanInput {
    const ids = this.#attempt(which);
    if (unknown === 'rollout') return span({ ...ids, rolloutId: UNKNOWN.rolloutId }, key, sequence);
    return span(unknown === 'attempt' ? { ...ids, attemptId: UNKNOWN.attemptId } : ids, key, sequence);
  }
}

type Outcome<T> = { readonly value: T } | { readonly code: unknown };

function asRefusal(error: unknown): { readonly code: unknown } {
  if (error instanceof Error && 'code' in error) return { code: error.code };
  throw error;
}
