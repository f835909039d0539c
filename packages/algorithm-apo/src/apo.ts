import {
  Algorithm,
  type AlgorithmContext,
  batchIterator,
  type Job,
  type Json,
  LightningError,
  type ModuleSource,
  type NamedResources,
  type PromptTemplate,
  type RolloutMode,
  type TaskOutcome,
  TraceToMessages,
} from '@agentlightning/core';
import type { ClientOptions, OpenAI } from 'openai';
import { type ApoOptions, plainApoOptions, type ResolvedApoOptions, resolveApoOptions } from './apo-options.ts';
import { selectBeam, type VersionedPrompt } from './beam.ts';
import { createCandidateCheck } from './candidate-check.ts';
import { type EvaluatedPrompt, evaluatePrompt, lacksResult } from './evaluate-prompt.ts';
import type { RoundRecord } from './history.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { modelClient, type PlainClientOptions, plainClientOptions } from './model-client.ts';
import { OptimizerClient } from './optimizer-client.ts';
import { type Proposal, type ProposalRequest, proposePrompt, selectExperiments } from './propose-prompt.ts';
import { RoundScores } from './round-scores.ts';
import { type Batches, type BranchDraw, branchScope, drawRound } from './sampling.ts';
import { announceCandidates, announcePlan, scoredEvent } from './search-events.ts';
import type { SearchSize } from './search-plan.ts';
import { type ApoResult, type BranchResult, type Child, type MemberScore, SearchRecord } from './search-record.ts';
import { findSeed, promptsIn, type SeedPrompt } from './seed-prompt.ts';
import { computeTextualGradient } from './textual-gradient.ts';

/** Rollouts that others wait for longest go first: critique, then new candidates and the beam (`round-scores.ts`), then full validations. */
const GRADIENT_PRIORITY = 3;
const VALIDATION_PRIORITY = 0;

/** What belongs to one run. */
interface Search<TTask> {
  readonly seed: SeedPrompt;
  readonly record: SearchRecord;
  readonly batches: Batches<TTask>;
  readonly valTasks: readonly TTask[];
  readonly size: SearchSize;
  /** What all critiques and edits have in common. */
  readonly proposal: Pick<
    ProposalRequest<TTask>,
    'client' | 'model' | 'editModel' | 'temperature' | 'adapter' | 'maxExperimentCharacters' | 'check'
  >;
  readonly limitBranches: Limiter;
  readonly limitEvaluations: Limiter;
  /** Full validations, each resolving to the best score up to it. */
  readonly validations: Job<number | null>[];
}

/**
 * Automatic prompt optimisation: beam search over prompts, in which a model criticises a prompt by what it led to (a "textual gradient") and
 * another edits it accordingly. After ProTeGi (Pryzant et al., EMNLP 2023); mirrors upstream `APO` (v0.3.0), with the differences
 * that the README lists.
 *
 * Optimises one PromptTemplate among the initial resources. Needs a training and a validation set. An object can be used for several runs, one
 * at a time; it keeps what the latest one found.
 *
 * @example
 * ```ts
 * const algorithm = new APO<RoomTask>(new OpenAI(), { beamWidth: 2, branchFactor: 2, beamRounds: 2 });
 * ```
 */
export class APO<TTask = unknown> extends Algorithm<TTask, ApoResult> {
  readonly #client: OpenAI;
  readonly #given: ApoOptions;
  readonly #options: ResolvedApoOptions;
  #adapter = new TraceToMessages();
  #record: SearchRecord | null = null;
  #isRunning = false;
  /** What the next run starts from, as far as it is known. */
  #seed: PromptTemplate | null = null;

  /**
   * @param client - of an OpenAI-compatible endpoint, or its options. Options can be sent to another thread, which `mainProcess: 'runner'`
   * needs; so can a client without functions among its options.
   * @throws TypeError, RangeError naming the option and its value, also for a prompt file that cannot be used
   */
  constructor(client: OpenAI | ClientOptions, options: ApoOptions = {}) {
    super();
    this.#client = modelClient(client);
    this.#options = resolveApoOptions(options);
    this.#given = plainApoOptions(options);
  }

  override get requires(): { readonly trainDataset: true; readonly valDataset: true } {
    return { trainDataset: true, valDataset: true };
  }

  /** @throws LightningError `RESOURCES_INVALID` unless there is exactly one prompt to optimise, or `target` names one */
  override checkResources(resources: NamedResources): void {
    this.#seed = findSeed(resources, this.#options).prompt;
  }

  override async run(context: AlgorithmContext<TTask>): Promise<ApoResult> {
    this.#isRunning = true;
    try {
      return await this.#search(context);
    } finally {
      this.#isRunning = false;
    }
  }

  async #search(context: AlgorithmContext<TTask>): Promise<ApoResult> {
    const { beamRounds, beamWidth, runInitialValidation } = this.#options;
    const search = this.#begin(context);
    const { record, batches } = search;
    let beam: readonly VersionedPrompt[] = [record.seed];
    if (runInitialValidation) this.#validate(context, search, record.seed, 0);

    for (let round = 1; round <= beamRounds; round += 1) {
      const scope = context.scope(`r${round}`);
      const draw = drawRound(scope, beam, batches, this.#options);
      this.#announceRound(scope, round, beam);

      const scores = this.#scoreRound(scope, search, beam, draw.valTasks);
      const branches = await Promise.all(
        draw.branches.map((branch) => search.limitBranches(() => this.#branch(scope, search, branch, scores))),
      );
      const children = record.addRound(
        { parents: draw.parents, beam, sharesScores: !this.#options.isUpstream },
        branches,
      );
      announceCandidates(scope, record.history[round]!.candidates);

      const pool = await this.#collectScores(scope, round, scores, { beam, children });
      beam = selectBeam(pool, beamWidth);
      if (beam.length === 0) throw this.#noBeam(round, pool.length);
      record.closeRound(pool, beam);

      this.#validate(context, search, beam[0]!, round);
      announcePlan(context, search.size, record.history);
    }

    await Promise.all(search.validations.map((validation) => validation.result));
    return record.result();
  }

  override snapshot(): Json {
    return this.#record?.toJson() ?? null;
  }

  /**
   * Takes a snapshot over. `null`, from a run that was stopped before it began, gives the seed as result and changes nothing; neither does
   * a snapshot of the very run that is going on in this object.
   *
   * @throws LightningError `INVALID_ARGUMENT` for what is no snapshot of APO, `NO_BEST_PROMPT` for `null` when there is no seed either
   */
  override restore(snapshot: Json): ApoResult {
    if (snapshot === null) {
      if (this.#seed === null) throw noBestPrompt();
      return new SearchRecord(this.#seed).result();
    }
    const record = SearchRecord.fromJson(snapshot);
    if (!this.#isRunning) this.#record = record;
    return record.result();
  }

  /** @throws LightningError `SOURCE_NOT_LOADABLE` when the model client has options that cannot be sent to another thread */
  override async source(): Promise<ModuleSource> {
    const client = plainClientOptions(this.#client);
    return { moduleUrl: import.meta.url, exportName: 'apoFromSource', options: { client, options: this.#given } };
  }

  /**
   * The best prompt of the latest run; the seed as long as nothing has been scored on the whole validation set.
   * @throws LightningError `NO_BEST_PROMPT` before any run
   */
  getBestPrompt(): PromptTemplate {
    if (this.#record !== null) return this.#record.bestPrompt;
    throw noBestPrompt();
  }

  /** The score of the best prompt on the whole validation set; `null` before there is one. */
  get bestScore(): number | null {
    return this.#record?.best?.score ?? null;
  }

  /** The name of the best prompt in the history, e.g. `v7`; `null` before there is one. */
  get bestVersion(): string | null {
    return this.#record?.best?.version ?? null;
  }

  /** The latest run, round by round; empty before. Grows while it goes on. */
  get history(): readonly RoundRecord[] {
    return this.#record?.history ?? [];
  }

  /**
   * The prompt that a run with these resources starts from, and the name of its resource.
   * @throws LightningError `RESOURCES_INVALID` as {@link checkResources}
   */
  getSeedPromptTemplate(resources: NamedResources): readonly [name: string, prompt: PromptTemplate] {
    const { name, prompt } = findSeed(resources, this.#options);
    return [name, prompt];
  }

  /** Turns the spans of a rollout into the messages that the critic sees: the trainer's adapter, or one of our own. */
  getAdapter(): TraceToMessages {
    return this.#adapter;
  }

  /**
   * Runs a prompt on tasks and scores it, as the search does. For algorithms built on this one.
   * @param context - a scope of this evaluation's own
   */
  async evaluatePromptOnBatch(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    tasks: readonly TTask[],
    mode: RolloutMode,
  ): Promise<EvaluatedPrompt<TTask>> {
    const { name } = findSeed(context.initialResources, this.#options);
    return await this.#evaluate(context, name, { prompt, tasks, mode, priority: GRADIENT_PRIORITY });
  }

  /**
   * Has a prompt criticised by rollouts made with it, with one of the critic's texts drawn at random. For algorithms built on this one.
   * @param context - a scope of this critique's own
   * @throws LightningError `STEP_FAILED` when the critic gives nothing, `MODEL_UNAVAILABLE`
   */
  async computeTextualGradient(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    outcomes: readonly TaskOutcome<TTask>[],
  ): Promise<string> {
    const gradientPrompt = context.random('gradient-prompt').pick(this.#options.gradientPrompts);
    return await computeTextualGradient(context, {
      ...this.#proposal(context, prompt),
      gradientPrompt,
      prompt,
      outcomes,
    });
  }

  /**
   * Has a prompt criticised and edited, both with texts drawn at random. For algorithms built on this one.
   * @param context - a scope of this branch's own
   * @throws LightningError `MODEL_UNAVAILABLE`
   */
  async textualGradientAndApplyEdit(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    outcomes: readonly TaskOutcome<TTask>[],
  ): Promise<Proposal> {
    const random = context.random('choices');
    const gradientPrompt = random.pick(this.#options.gradientPrompts);
    const editPrompt = random.pick(this.#options.editPrompts);
    return await proposePrompt(context, {
      ...this.#proposal(context, prompt),
      gradientPrompt,
      editPrompt,
      prompt,
      outcomes,
    });
  }

  /** Checks what the run is given, and lays out a new record. */
  #begin(context: AlgorithmContext<TTask>): Search<TTask> {
    const { gradientBatchSize, valBatchSize, concurrency } = this.#options;
    const seed = findSeed(context.initialResources, this.#options);
    const others = promptsIn(context.initialResources).filter(({ name }) => name !== seed.name);
    if (this.#options.target === undefined && others.length > 0) {
      context.logger.warn({ target: seed.name }, 'There are several prompt templates: APO optimises the first');
    }
    const { trainDataset, valDataset, adapter = new TraceToMessages() } = context;
    if (trainDataset.length === 0) throw emptyDataset('training');
    if (valDataset.length === 0) throw emptyDataset('validation');
    if (!(adapter instanceof TraceToMessages)) {
      throw new TypeError(
        `Cannot run APO as 'adapter' must be a TraceToMessages: current value is ${adapter.constructor.name}`,
      );
    }
    this.#adapter = adapter;
    this.#record = new SearchRecord(seed.prompt);
    const search: Search<TTask> = {
      seed,
      record: this.#record,
      batches: {
        train: batchIterator(trainDataset, gradientBatchSize, context.random('train-batches')),
        val: batchIterator(valDataset, valBatchSize, context.random('val-batches')),
      },
      valTasks: Array.from(valDataset),
      size: { ...this.#options, trainTasks: trainDataset.length, valTasks: valDataset.length },
      proposal: this.#proposal(context, seed.prompt),
      limitBranches: createLimiter(concurrency),
      limitEvaluations: createLimiter(concurrency),
      validations: [],
    };
    announcePlan(context, search.size, search.record.history);
    return search;
  }

  /** One branch: the parent's rollouts on a training batch, their critique, the edit, and the new prompt's score begun. */
  async #branch(
    round: AlgorithmContext<TTask>,
    search: Search<TTask>,
    draw: BranchDraw<TTask>,
    scores: RoundScores<TTask>,
  ): Promise<BranchResult> {
    const { gradientBatchSize, isUpstream } = this.#options;
    const { path, parent, tasks, order, gradientPrompt, editPrompt } = draw;
    const scope = branchScope(round, path);
    const { outcomes, result } = await this.#evaluate(scope.scope('training'), search.seed.name, {
      prompt: parent.prompt,
      tasks,
      mode: 'train',
      priority: GRADIENT_PRIORITY,
    });
    const hasResult = (outcome: TaskOutcome<TTask>): boolean =>
      isUpstream ? outcome.status !== 'unfinished' : !lacksResult(outcome);
    const proposal = await proposePrompt(scope, {
      ...search.proposal,
      gradientPrompt,
      editPrompt,
      prompt: parent.prompt,
      outcomes: selectExperiments(outcomes, { order, batchSize: gradientBatchSize, hasResult }),
    });
    if (proposal.prompt !== null) scores.begin(proposal.prompt, path);
    return { draw, training: result, proposal };
  }

  /** Begins to score the beam on the round's validation batch, and makes ready for the new candidates. */
  #scoreRound(
    round: AlgorithmContext<TTask>,
    { seed, limitEvaluations }: Search<TTask>,
    beam: readonly VersionedPrompt[],
    tasks: readonly TTask[],
  ): RoundScores<TTask> {
    return new RoundScores(round, beam, {
      sharesScores: !this.#options.isUpstream,
      evaluate: async (context, prompt, priority) => {
        const evaluation = { prompt, tasks, mode: 'val', priority, retryUnfinished: true } as const;
        return (await limitEvaluations(() => this.#evaluate(context, seed.name, evaluation))).result;
      },
    });
  }

  /** The scores of the beam, then of the new candidates, in their order. */
  async #collectScores(
    round: AlgorithmContext<TTask>,
    number: number,
    scores: RoundScores<TTask>,
    { beam, children }: { readonly beam: readonly VersionedPrompt[]; readonly children: readonly Child[] },
  ): Promise<(VersionedPrompt & MemberScore & { readonly score: number | null })[]> {
    const pending = [
      ...beam.map((member) => ({ member, result: scores.ofBeam(member) })),
      ...children.map((member) => ({ member, result: scores.ofChild(member.prompt, member.path) })),
    ];
    return await Promise.all(
      pending.map(async ({ member: { version, prompt }, result: pendingResult }) => {
        const result = await pendingResult;
        round.emit(`scored-${version}`, scoredEvent(number, version, 'val-sample', result));
        return { version, prompt, result, score: result.score };
      }),
    );
  }

  /**
   * Scores a prompt on the whole validation set, beside everything else: only the best so far depends on it, no later round.
   */
  #validate(context: AlgorithmContext<TTask>, search: Search<TTask>, member: VersionedPrompt, round: number): void {
    const { seed, record, valTasks, limitEvaluations, validations } = search;
    const { beamRounds: rounds } = this.#options;
    const { version, prompt } = member;
    const previous = validations.at(-1);
    const job = context.fork(`validation-r${round}`, async (fork) => {
      const evaluation = {
        prompt,
        tasks: valTasks,
        mode: 'val',
        priority: VALIDATION_PRIORITY,
        retryUnfinished: true,
      } as const;
      const { result } = await limitEvaluations(() => this.#evaluate(fork, seed.name, evaluation));
      const { score } = result;
      record.addValidation(round, member, result);
      fork.emit('scored', scoredEvent(round, version, 'val', result));
      if (score !== null) fork.offerBest({ score, rank: round, candidate: { [seed.name]: prompt }, version });
      const bestScore = higher((await previous?.result) ?? null, score);
      if (round > 0) fork.emit('round-ended', { type: 'round-ended', round, rounds, bestScore });
      return bestScore;
    });
    validations.push(job);
  }

  async #evaluate(
    context: AlgorithmContext<TTask>,
    resourceName: string,
    evaluation: {
      readonly prompt: PromptTemplate;
      readonly tasks: readonly TTask[];
      readonly mode: RolloutMode;
      readonly priority: number;
      readonly retryUnfinished?: boolean;
    },
  ): Promise<EvaluatedPrompt<TTask>> {
    const { rolloutBatchTimeout: timeoutSeconds, isUpstream } = this.#options;
    return await evaluatePrompt(context, { resourceName, timeoutSeconds, isUpstream, ...evaluation });
  }

  #proposal(context: AlgorithmContext<TTask>, seed: PromptTemplate): Search<TTask>['proposal'] {
    const { gradientModel, applyEditModel, diversityTemperature, maxExperimentCharacters, isUpstream } = this.#options;
    return {
      client: new OptimizerClient(this.#client, { isUpstream }),
      model: gradientModel,
      editModel: applyEditModel,
      temperature: diversityTemperature,
      adapter: this.#adapter,
      maxExperimentCharacters,
      ...(isUpstream ? {} : { check: createCandidateCheck(seed, context.trainDataset[0]) }),
    };
  }

  #announceRound(scope: AlgorithmContext<TTask>, round: number, beam: readonly VersionedPrompt[]): void {
    const { beamRounds: rounds, beamWidth } = this.#options;
    scope.emit('started', { type: 'round-started', round, rounds });
    // In the first round the seed is alone, which nobody needs to be warned of.
    if (round > 1 && beam.length < beamWidth) {
      scope.logger.warn(
        { round, beam: beam.length, beamWidth },
        'The beam is not full: its prompts are parents more than once',
      );
    }
  }

  #noBeam(round: number, candidates: number): LightningError {
    const { rolloutBatchTimeout } = this.#options;
    return new LightningError(
      'TIMEOUT',
      `No beam candidates left in round ${round}: none of ${candidates} prompts could be scored, as rollouts were not done in ` +
        `${rolloutBatchTimeout} seconds nor when tried again`,
      { details: { round, candidates, rolloutBatchTimeout } },
    );
  }
}

/**
 * Makes an APO in another thread; what `APO.source()` names.
 * @param source - from `source().options`
 */
export function apoFromSource(source: { readonly client: PlainClientOptions; readonly options: ApoOptions }): APO {
  return new APO(source.client as ClientOptions, source.options);
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function noBestPrompt(): LightningError {
  return new LightningError('NO_BEST_PROMPT', 'No best prompt found: APO has not run yet');
}

function emptyDataset(which: string): LightningError {
  return new LightningError('DATASET_INVALID', `Cannot run APO as the ${which} dataset is missing or empty`);
}
