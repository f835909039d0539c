import {
  type AttemptedRollout,
  assertJson,
  type Candidate,
  canonicalHash,
  type EndpointReason,
  type EvaluateRequest,
  type Evaluation,
  endpointReasonOf,
  failpoint,
  isTerminal,
  type Json,
  LightningError,
  lacksResult,
  namedResourcesToWire,
  type Rollout,
  refuseUnknownOptions,
  type Span,
  scoredReward,
  scoreOf,
  type TaskOutcome,
  usageByModel,
  withoutKeys,
} from '@agentlightning/core';
import type { CandidateResult } from '@agentlightning/core/run';
import { type ObservedCandidate, observedCandidate } from '../findings/observed-outcome.ts';
import { busyHosts } from '../model-calls/busy-hosts.ts';
import { hasAnswer } from './agent-health.ts';
import { EndedRollouts } from './ended-rollouts.ts';
import { derivedUuid, type RecordPath, showPath } from './record-path.ts';
import { type RunState, ruleBroken, type WorkOwner } from './run-state.ts';
import { snapshotIdOf } from './snapshot-id.ts';
import { outcomeOf, type RecordedOutcome, unfinishedOutcome } from './task-outcome.ts';

interface Row {
  readonly rolloutId: string;
  readonly index: number;
  readonly candidateIndex: number;
}

/** A rollout that has ended, and what its attempt that counts tells of its model. */
interface EndedRollout {
  readonly outcome: RecordedOutcome;
  /** How many attempts were made at it. */
  readonly attempts: number;
  readonly spans: readonly Span[];
  readonly reason: EndpointReason | undefined;
}

/** Tasks of an evaluation that candidates are compared on while the run goes on. */
const MOST_REMEMBERED_TASKS = 64;

/** Of an error that listeners are told. */
const MAX_ERROR_CHARS = 300;

/** Why an evaluation ended. */
type CloseReason = 'complete' | 'deadline' | 'stopped';

/**
 * One evaluation: publish the candidates, enqueue their rollouts in one batch, wait on the store, freeze the verdict.
 *
 * Everything it does to the store may be done again: rollout ids are derived from the run, the key and the row, snapshot ids from the run and the candidate. What
 * ends it, the frozen verdict, is written once, and the outcomes handed out are read back from it. (A store that chooses the ids of rollouts
 * itself makes new ones when asked again.)
 */
export class RunningEvaluation<TTask> implements Evaluation<TTask> {
  readonly #run: RunState;
  readonly #owner: WorkOwner;
  readonly #path: RecordPath;
  readonly #recordKey: string;
  readonly #request: EvaluateRequest<TTask>;
  readonly #tasks: readonly TTask[];
  /** Which rows of the dataset of its mode they are. */
  readonly #datasetRows: readonly (number | null)[];
  readonly #observed: readonly ObservedCandidate[];
  #rows: readonly Row[];
  readonly #outcomes: (TaskOutcome<TTask> | undefined)[];
  readonly #stop = new AbortController();
  readonly #done: Promise<readonly TaskOutcome<TTask>[]>;
  #progress = Promise.withResolvers<void>();

  /** @param owner - the line of work that asks for it */
  constructor(
    run: RunState,
    owner: WorkOwner,
    {
      path,
      recordKey,
      request,
    }: { readonly path: RecordPath; readonly recordKey: string; readonly request: EvaluateRequest<TTask> },
  ) {
    checkRequest(path, request);
    this.#run = run;
    this.#owner = owner;
    this.#path = path;
    this.#recordKey = recordKey;
    this.#request = request;
    // A copy, so that what the algorithm does to its tasks afterwards does not reach the evaluation.
    this.#tasks = request.tasks.map((task) => JSON.parse(JSON.stringify(task)) as TTask);
    this.#rows = request.candidates.flatMap((_, candidateIndex) =>
      request.tasks.map((_task, index) => ({
        rolloutId: `ro-${derivedUuid(run.options.runId, path, candidateIndex, index)}`,
        index,
        candidateIndex,
      })),
    );
    this.#datasetRows = run.options.rows.of(request.mode, this.#tasks);
    this.#observed = request.candidates.map((candidate) => observedCandidate(run.options.initialResources, candidate));
    this.#outcomes = this.#rows.map(() => undefined);
    this.#done = this.#execute();
    // A failure stops the run through its state; see RunContext.
    this.#done.catch(() => {});
  }

  outcomes(): Promise<readonly TaskOutcome<TTask>[]> {
    return this.#done;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TaskOutcome<TTask>> {
    let isConsumed = false;
    try {
      for (let row = 0; row < this.#rows.length; row += 1) {
        const outcome = this.#outcomes[row] ?? (await this.#next(row));
        yield outcome;
      }
      isConsumed = true;
      // Whoever has read everything may end, and then nothing is to be pending: the verdict is kept first.
      await this.#done;
    } finally {
      if (!isConsumed) await this.stop();
    }
  }

  async #next(row: number): Promise<TaskOutcome<TTask>> {
    for (;;) {
      const progress = this.#progress.promise;
      const outcome = this.#outcomes[row];
      if (outcome !== undefined) return outcome;
      // Either something was learnt, or the evaluation ended; if it failed, this throws.
      await Promise.race([progress, this.#done]);
    }
  }

  async #execute(): Promise<readonly TaskOutcome<TTask>[]> {
    const { journal, post } = this.#run.options;
    try {
      const requestHash = this.#requestHash();
      const recorded = journal.getEvaluation(this.#recordKey);
      if (recorded !== undefined && recorded.requestHash !== requestHash) {
        throw ruleBroken('I', `The evaluation "${showPath(this.#path)}" was recorded with another request`);
      }
      if (recorded?.verdict !== undefined) return await this.#replay(JSON.parse(recorded.verdict) as RecordedOutcome[]);
      const deadline = recorded === undefined ? this.#deadline() : recorded.deadline;
      if (recorded === undefined) {
        this.#reserve();
        await journal.openEvaluation(this.#recordKey, { requestHash, deadline });
      }
      failpoint('evaluation.afterOpen');
      const resourcesIds = await this.#enqueue();
      failpoint('evaluation.afterEnqueue');
      post({
        type: 'evaluation-started',
        key: showPath(this.#path),
        rollouts: this.#rows.length,
        mode: this.#request.mode,
        resourcesIds,
        rows: this.#datasetRows,
      });
      const { verdict, reason } = await this.#collect(deadline);
      const unusable = this.#run.agentHealth.conclude();
      if (unusable !== undefined) throw unusable;
      const json = JSON.stringify(verdict);
      // Before the stragglers are cancelled: what a kill in between leaves running does not reach the verdict any more.
      failpoint('evaluation.beforeClose');
      await journal.closeEvaluation(this.#recordKey, json);
      failpoint('evaluation.afterClose');
      await this.#cancelStragglers(verdict);
      this.#tellEnd(verdict, reason);
      return this.#accept(JSON.parse(json) as RecordedOutcome[]);
    } catch (error) {
      if (!this.#run.options.isResumable) {
        await this.#cancelUnfinished().catch(() => {
          // The run is ending with its own error; rollouts that cannot be cancelled now end with their runners.
        });
      }
      throw this.#run.refuse(this.#owner, error);
    }
  }

  /** Takes the verdict of an earlier pass, which may have been killed before its stragglers were cancelled. */
  async #replay(verdict: readonly RecordedOutcome[]): Promise<readonly TaskOutcome<TTask>[]> {
    await this.#run.options.beforeReplay?.();
    this.#run.options.counter.enqueued(verdict.length);
    for (const outcome of verdict) this.#count(outcome);
    await this.#cancelStragglers(verdict);
    // Nobody knows any more why it ended; what counts is which tasks have a result.
    this.#tellEnd(verdict, verdict.some(({ status }) => status === 'unfinished') ? 'deadline' : 'complete', true);
    return this.#accept(verdict);
  }

  #tellEnd(verdict: readonly RecordedOutcome[], reason: CloseReason, isReplay = false): void {
    const { candidates, mode } = this.#request;
    const results = candidates.map((candidate, index) =>
      resultOf(
        this.#snapshotId(candidate),
        verdict.filter(({ candidateIndex }) => candidateIndex === index),
      ),
    );
    results.forEach(({ resourcesId, score, rewards }, index) => {
      this.#run.scores.add(resourcesId, score);
      if (mode === 'val') this.#run.validations.add(this.#observed[index]!.id, rewards, this.#datasetRows);
    });
    this.#run.findings.evaluationEnded();
    const ended = { key: showPath(this.#path), reason, mode, rows: this.#datasetRows, results };
    this.#run.options.post({ type: 'evaluation-ended', ...ended, ...(isReplay ? { isReplay } : {}) });
  }

  #requestHash(): string {
    const { candidates, mode, candidateOnly = false } = this.#request;
    return canonicalHash({
      candidates: candidates.map((candidate) => namedResourcesToWire(candidate) as unknown as Json),
      tasks: this.#tasks as Json,
      mode,
      candidateOnly,
    });
  }

  #deadline(): number | null {
    const { timeoutSeconds } = this.#request;
    return timeoutSeconds === undefined ? null : this.#run.options.clock.now() + timeoutSeconds;
  }

  /** Takes the rollouts from the budget. The row of it is kept together with that of the evaluation. */
  #reserve(): void {
    this.#run.throwIfStopped();
    this.#run.options.ledger.reserveRollouts(this.#recordKey, showPath(this.#path), this.#rows.length);
  }

  /** @returns the snapshots of the candidates */
  async #enqueue(): Promise<readonly string[]> {
    this.#run.throwIfStopped();
    const { store, rolloutConfig, runId } = this.#run.options;
    const resourcesIds = await Promise.all(this.#request.candidates.map((candidate) => this.#publish(candidate)));
    const { mode, priority = 0 } = this.#request;
    const enqueued = await store.enqueueManyRollouts(
      this.#rows.map((row) => ({
        rolloutId: row.rolloutId,
        input: this.#tasks[row.index],
        mode,
        priority,
        resourcesId: resourcesIds[row.candidateIndex]!,
        config: rolloutConfig,
        metadata: { run_id: runId, evaluation: showPath(this.#path) },
      })),
    );
    await this.#refuseOtherIds(enqueued);
    // A server of Agent Lightning for Python chooses ids of its own.
    this.#rows = this.#rows.map((row, index) => ({ ...row, rolloutId: enqueued[index]!.rolloutId }));
    this.#run.options.counter.enqueued(this.#rows.length);
    return resourcesIds;
  }

  /** Asked again after a kill, a store that chooses the ids itself would make all of them once more. */
  async #refuseOtherIds(enqueued: readonly Rollout[]): Promise<void> {
    const hasTaken = enqueued.every(({ rolloutId }, index) => rolloutId === this.#rows[index]!.rolloutId);
    if (hasTaken || !this.#run.options.isResumable) return;
    await this.#cancel(enqueued.map(({ rolloutId }) => rolloutId));
    throw new LightningError(
      'RUN_NOT_ALLOWED',
      'The run cannot be kept as its store chooses the ids of rollouts itself, as that of Agent Lightning for Python does: leave out runDirectory',
    );
  }

  /**
   * Stores the snapshot of a candidate under an id made of the run and the candidate, so that a repetition is harmless. What else is in it comes from the
   * initial resources, of which only where models are served, and with what key, may be another when the run is resumed: the snapshot then follows.
   */
  async #publish(candidate: Candidate): Promise<string> {
    const { store, initialResources } = this.#run.options;
    const { candidateOnly = false } = this.#request;
    const id = this.#snapshotId(candidate);
    await store.updateResources(id, candidateOnly ? candidate : { ...initialResources, ...candidate });
    return id;
  }

  #snapshotId(candidate: Candidate): string {
    return snapshotIdOf(this.#run.options.runId, candidate, this.#request.candidateOnly);
  }

  async #collect(deadline: number | null): Promise<{ verdict: RecordedOutcome[]; reason: CloseReason }> {
    const { store, clock, ledger } = this.#run.options;
    const verdict = new Map<string, RecordedOutcome>();
    const rowOf = new Map(this.#rows.map((row, position) => [row.rolloutId, { row, position }]));
    const signal = AbortSignal.any([this.#run.signal, this.#stop.signal]);
    const rollouts = new EndedRollouts(
      store,
      this.#rows.map((row) => row.rolloutId),
    );
    let reason: CloseReason = 'complete';
    try {
      while (verdict.size < this.#rows.length) {
        const secondsLeft = deadline === null ? null : deadline - clock.now();
        const usedUp = ledger.usedUp();
        let isLast = secondsLeft !== null && secondsLeft <= 0;
        let ended: readonly string[] = [];
        try {
          ended =
            isLast || usedUp !== undefined
              ? await rollouts.look(signal)
              : await rollouts.next({ timeoutSeconds: secondsLeft, signal });
        } catch (error) {
          this.#run.throwIfStopped();
          if (!this.#stop.signal.aborted) throw error;
          ended = await rollouts.look();
          isLast = true;
        }
        // Nobody is waited for whom the store does not know: it would be asked without end.
        if (ended.length === 0 && !isLast && usedUp === undefined) await this.#checkKnown(rollouts.pending);
        for (const { outcome, ...attempt } of await this.#read(ended, rowOf)) {
          rollouts.settle(outcome.rolloutId);
          verdict.set(outcome.rolloutId, outcome);
          this.#learn(rowOf.get(outcome.rolloutId)!.position, outcome, attempt);
        }
        const isComplete = verdict.size === this.#rows.length;
        if (usedUp !== undefined && !isComplete) throw this.#run.halt(usedUp);
        if (isLast && !isComplete) {
          reason = this.#stop.signal.aborted ? 'stopped' : 'deadline';
          break;
        }
      }
    } finally {
      rollouts.close();
    }
    const { pending } = rollouts;
    await Promise.all(pending.map((rolloutId) => this.#noteSpend(rolloutId)));
    for (const rolloutId of pending) {
      const outcome = unfinishedOutcome(position(rowOf.get(rolloutId)!.row), rolloutId);
      this.#count(outcome);
      verdict.set(rolloutId, outcome);
    }
    return { reason, verdict: this.#rows.map((row) => verdict.get(row.rolloutId)!) };
  }

  /** @throws LightningError `NOT_FOUND` if the store has lost rollouts that it had taken */
  async #checkKnown(rolloutIds: readonly string[]): Promise<void> {
    const { total } = await this.#run.options.store.queryRollouts({ rolloutIdIn: rolloutIds, limit: 0 });
    const lost = rolloutIds.length - total;
    if (lost === 0) return;
    throw new LightningError(
      'NOT_FOUND',
      `The store has lost ${lost} ${lost === 1 ? 'rollout' : 'rollouts'} of the evaluation "${showPath(this.#path)}": was it started again without its records?`,
      { details: { lost } },
    );
  }

  #count(outcome: RecordedOutcome, { attempts, spans }: Partial<Pick<EndedRollout, 'attempts' | 'spans'>> = {}): void {
    const { status, candidateIndex, index } = outcome;
    this.#run.tally.add(outcome);
    this.#run.findings.observe({
      outcome,
      candidate: this.#observed[candidateIndex]!,
      task: this.#rememberedTask(index),
      ...(spans === undefined ? {} : { spans }),
    });
    this.#tellFailure(outcome);
    this.#run.options.counter.ended(
      status === 'succeeded' ? 'succeeded' : status === 'unfinished' || status === 'cancelled' ? 'cancelled' : 'failed',
      attempts,
    );
  }

  /** A few tasks are enough to see whether candidates differ. */
  #rememberedTask(index: number): string | null {
    const row = this.#datasetRows[index] ?? null;
    return row === null || index >= MOST_REMEMBERED_TASKS ? null : `${this.#request.mode} ${row}`;
  }

  #tellFailure({ rolloutId, status, error }: RecordedOutcome): void {
    if (status !== 'failed' && status !== 'timeout' && status !== 'lost') return;
    const firstLine = (error ?? `ended as ${status}`).split('\n', 1)[0]!;
    const shown = withoutKeys(firstLine).slice(0, MAX_ERROR_CHARS);
    this.#run.options.post({ type: 'rollout-failed', rolloutId, status, error: shown });
  }

  /** Outcomes of rollouts that have ended, from the attempt that counts. */
  async #read(
    rolloutIds: readonly string[],
    rowOf: ReadonlyMap<string, { readonly row: Row }>,
  ): Promise<EndedRollout[]> {
    if (rolloutIds.length === 0) return [];
    const { store } = this.#run.options;
    const page = await store.queryRollouts({ rolloutIdIn: rolloutIds });
    return await Promise.all(
      page.items
        // An operator may have reopened one since; it is then waited for again.
        .filter((rollout) => isTerminal(rollout.status))
        .map(async (rollout): Promise<EndedRollout> => {
          const { row } = rowOf.get(rollout.rolloutId)!;
          const spans = await this.#spansOf(rollout);
          const isOnly = 'attempt' in rollout && rollout.attempt?.sequenceId === 1;
          await this.#noteSpend(rollout.rolloutId, isOnly ? spans : undefined);
          const reason = 'attempt' in rollout && rollout.attempt ? endpointReasonOf(rollout.attempt) : undefined;
          const attempts = 'attempt' in rollout ? (rollout.attempt?.sequenceId ?? 0) : 0;
          return { outcome: outcomeOf(position(row), rollout, spans), attempts, spans, reason };
        }),
    );
  }

  /** Counts what all attempts at a rollout called models for, those included that do not count for its outcome. */
  async #noteSpend(rolloutId: string, ofOnlyAttempt?: readonly Span[]): Promise<void> {
    const { store, ledger } = this.#run.options;
    const spans = ofOnlyAttempt ?? (await store.querySpans({ rolloutId })).items;
    ledger.noteAgents(rolloutId, usageByModel(spans));
  }

  async #spansOf(rollout: Rollout | AttemptedRollout): Promise<readonly Span[]> {
    if (!('attempt' in rollout) || rollout.attempt === undefined) return [];
    return await this.#trace(rollout.rolloutId, rollout.attempt.attemptId);
  }

  async #trace(rolloutId: string, attemptId: string | null): Promise<readonly Span[]> {
    if (attemptId === null) return [];
    return (await this.#run.options.store.querySpans({ rolloutId, attemptId })).items;
  }

  /** Hands an outcome out, in the form in which it will be recorded. */
  #learn(row: number, outcome: RecordedOutcome, { spans, reason, attempts }: Omit<EndedRollout, 'outcome'>): void {
    const { time } = this.#run.options;
    for (const { host, until } of busyHosts(spans)) {
      this.#run.modelGate.holdOff(host, until);
      time.holdOff(until);
    }
    time.attempt(outcome.latencySeconds, spans);
    if (hasAnswer(spans)) this.#run.agentTrouble.answered();
    const unusable = this.#run.agentHealth.observe({ error: outcome.error, spans, reason });
    if (unusable !== undefined) throw unusable;
    this.#count(outcome, { attempts, spans });
    this.#outcomes[row] ??= this.#taskOutcome(JSON.parse(JSON.stringify(outcome)) as RecordedOutcome);
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }

  #accept(verdict: readonly RecordedOutcome[]): readonly TaskOutcome<TTask>[] {
    verdict.forEach((outcome, row) => {
      this.#outcomes[row] ??= this.#taskOutcome(outcome);
    });
    return Object.freeze(this.#outcomes.map((outcome) => outcome!));
  }

  #taskOutcome(recorded: RecordedOutcome): TaskOutcome<TTask> {
    return Object.freeze({
      ...recorded,
      task: this.#tasks[recorded.index]!,
      trace: () => this.#trace(recorded.rolloutId, recorded.attemptId),
    });
  }

  async #cancelStragglers(verdict: readonly RecordedOutcome[]): Promise<void> {
    if (this.#request.stragglers === 'leave') return;
    const unfinished = verdict.filter(({ status }) => status === 'unfinished').map(({ rolloutId }) => rolloutId);
    await this.#cancel(unfinished);
  }

  async #cancelUnfinished(): Promise<void> {
    await this.#cancel(this.#rows.filter((_, row) => this.#outcomes[row] === undefined).map((row) => row.rolloutId));
  }

  /** Cancels those of these rollouts that have not ended. */
  async #cancel(rolloutIds: readonly string[]): Promise<void> {
    if (rolloutIds.length === 0) return;
    const { store } = this.#run.options;
    const { items } = await store.queryRollouts({ rolloutIdIn: rolloutIds });
    const open = items.filter(({ status }) => !isTerminal(status));
    await Promise.all(open.map(({ rolloutId }) => store.updateRollout(rolloutId, { status: 'cancelled' })));
  }
}

/** What listeners are told of one candidate. */
function resultOf(resourcesId: string, outcomes: readonly RecordedOutcome[]): CandidateResult {
  return {
    resourcesId,
    score: scoreOf(outcomes.map((outcome) => ({ ...outcome, task: null }))),
    rewards: outcomes.map((outcome) => (lacksResult(outcome) ? null : scoredReward(outcome))),
    failed: outcomes.flatMap(({ status }, index) => (status === 'failed' || status === 'timeout' ? [index] : [])),
    rolloutIds: outcomes.map(({ rolloutId }) => rolloutId),
  };
}

function position(row: Row): { index: number; candidateIndex: number } {
  return { index: row.index, candidateIndex: row.candidateIndex };
}

const REQUEST_NAMES = [
  'candidates',
  'tasks',
  'mode',
  'priority',
  'timeoutSeconds',
  'stragglers',
  'candidateOnly',
] as const satisfies readonly (keyof EvaluateRequest<unknown>)[];

function checkRequest(path: RecordPath, request: EvaluateRequest<unknown>): void {
  const where = `evaluation "${showPath(path)}"`;
  refuseUnknownOptions(`Cannot begin ${where}`, request, REQUEST_NAMES);
  if (request.candidates.length === 0) throw new RangeError(`Cannot begin ${where} as 'candidates' must not be empty`);
  if (request.tasks.length === 0) throw new RangeError(`Cannot begin ${where} as 'tasks' must not be empty`);
  const { timeoutSeconds, priority } = request;
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) {
    throw new RangeError(
      `Cannot begin ${where} as 'timeoutSeconds' must be a positive number: current value is ${timeoutSeconds}`,
    );
  }
  if (priority !== undefined && !Number.isInteger(priority)) {
    throw new RangeError(`Cannot begin ${where} as 'priority' must be an integer: current value is ${priority}`);
  }
  request.tasks.forEach((task, index) => {
    assertJson(task, `task ${index} of ${where}`);
  });
}
