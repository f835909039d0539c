import {
  type AlgorithmContext,
  batchIterator,
  type Job,
  LightningError,
  lacksResult,
  type RolloutMode,
  type TaskOutcome,
} from '@agentlightning/core';
import type { ResolvedApoOptions } from './apo-options.ts';
import { selectBeam, type VersionedPrompt } from './beam.ts';
import { type EvaluatedPrompt, evaluatePrompt } from './evaluate-prompt.ts';
import type { EvaluationScore } from './history.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { type ProposalRequest, proposePrompt, selectExperiments } from './propose-prompt.ts';
import { RoundScores } from './round-scores.ts';
import { type Batches, type BranchDraw, branchScope, drawRound, type RoundDraw } from './sampling.ts';
import { announceCandidates, announcePlan, announceSeed, scoredEvent } from './search-events.ts';
import type { SearchSize } from './search-plan.ts';
import type { BranchResult, Child, MemberScore, SearchRecord } from './search-record.ts';
import type { SeedPrompt } from './seed-prompt.ts';

/** Rollouts that most work waits for go first: those for critiques, then new candidates and the beam (`round-scores.ts`), then full validations. */
const GRADIENT_PRIORITY = 3;
const VALIDATION_PRIORITY = 0;

/** What all critiques and edits of a run have in common. */
export type ProposalTools<TTask> = Omit<
  ProposalRequest<TTask>,
  'gradientPrompt' | 'editPrompt' | 'prompt' | 'outcomes' | 'tell'
>;

/** What a search is made of. */
export interface BeamSearchParts<TTask> {
  readonly options: ResolvedApoOptions;
  readonly seed: SeedPrompt;
  readonly record: SearchRecord;
  readonly tools: ProposalTools<TTask>;
}

/** A round under way. */
export interface Round<TTask> {
  /** Counts from 1. */
  readonly number: number;
  readonly context: AlgorithmContext<TTask>;
  readonly beam: readonly VersionedPrompt[];
  readonly draw: RoundDraw<TTask>;
  readonly scores: RoundScores<TTask>;
}

/** A prompt with its score in a round. */
export type PoolMember = VersionedPrompt & MemberScore & { readonly score: number | null };

/** The moves of one run of APO, in the order in which its loop makes them. */
export class BeamSearch<TTask> {
  readonly #context: AlgorithmContext<TTask>;
  readonly #parts: BeamSearchParts<TTask>;
  readonly #size: SearchSize;
  readonly #batches: Batches<TTask>;
  readonly #valTasks: readonly TTask[];
  readonly #limitBranches: Limiter;
  readonly #limitEvaluations: Limiter;
  /** Each resolves to the best score up to it. */
  readonly #validations: Job<number | null>[] = [];

  /** @param context - of the run; both datasets have tasks */
  constructor(context: AlgorithmContext<TTask>, parts: BeamSearchParts<TTask>) {
    const { trainDataset, valDataset } = context;
    const { options, record } = parts;
    this.#context = context;
    this.#parts = parts;
    this.#size = { ...options, trainTasks: trainDataset.length, valTasks: valDataset.length };
    this.#batches = {
      train: batchIterator(trainDataset, options.gradientBatchSize, context.random('train-batches')),
      val: batchIterator(valDataset, options.valBatchSize, context.random('val-batches')),
    };
    this.#valTasks = Array.from(valDataset);
    this.#limitBranches = createLimiter(options.concurrency);
    this.#limitEvaluations = createLimiter(options.concurrency);
    announcePlan(context, this.#size, record.history);
    announceSeed(context, parts.seed);
  }

  /** Draws the round, and begins to score its beam. */
  beginRound(number: number, beam: readonly VersionedPrompt[]): Round<TTask> {
    const { options } = this.#parts;
    const context = this.#context.scope(`r${number}`);
    context.emit('started', { type: 'round-started', round: number, rounds: options.beamRounds });
    // In the first round the seed is alone, which nobody needs to be warned of.
    if (number > 1 && beam.length < options.beamWidth) {
      const fields = { round: number, beam: beam.length, beamWidth: options.beamWidth };
      context.logger.warn(fields, 'The beam is not full: its prompts are parents more than once');
    }
    const draw = drawRound(context, beam, this.#batches, options);
    const scores = new RoundScores(context, beam, {
      sharesScores: !options.isUpstream,
      evaluate: async (fork, prompt, priority) => {
        const evaluation = { prompt, tasks: draw.valTasks, mode: 'val', priority, retryUnfinished: true } as const;
        return (await this.#limitEvaluations(() => this.#evaluate(fork, evaluation))).result;
      },
    });
    return { number, context, beam, draw, scores };
  }

  /** Works on all branches, then numbers what they brought. Each new prompt is being scored as soon as it exists. */
  async expand(round: Round<TTask>): Promise<Child[]> {
    const { options, record } = this.#parts;
    const { context, beam, draw, number } = round;
    const branches = await Promise.all(
      draw.branches.map((branch) => this.#limitBranches(() => this.#branch(round, branch))),
    );
    const children = record.addRound({ parents: draw.parents, beam, sharesScores: !options.isUpstream }, branches);
    announceCandidates(context, this.#parts.seed.name, record.history[number]!.candidates);
    return children;
  }

  /** The scores of the beam, then of the new candidates, in their order. */
  async collectScores(
    { number, context, beam, scores }: Round<TTask>,
    children: readonly Child[],
  ): Promise<PoolMember[]> {
    const pending = [
      ...beam.map((member) => ({ member, score: scores.ofBeam(member) })),
      ...children.map((member) => ({ member, score: scores.ofChild(member.prompt, member.path) })),
    ];
    return await Promise.all(
      pending.map(async ({ member: { version, prompt }, score }) => {
        const result = await score;
        this.#warnIfIncomplete(version, number, result);
        context.emit(`scored-${version}`, scoredEvent(number, version, 'val-sample', result));
        return { version, prompt, result, score: result.score };
      }),
    );
  }

  /**
   * Chooses the next beam.
   * @throws LightningError `TIMEOUT` when no prompt has a score
   */
  closeRound({ number, context }: Round<TTask>, pool: readonly PoolMember[]): VersionedPrompt[] {
    const { options, record } = this.#parts;
    const beam = selectBeam(pool, options.beamWidth);
    if (beam.length === 0) throw noBeam(number, pool.length, options.rolloutBatchTimeout);
    record.closeRound(pool, beam);
    const versions = beam.map(({ version }) => version);
    context.emit('beam', { type: 'beam-chosen', round: number, versions });
    announcePlan(this.#context, this.#size, record.history);
    return beam;
  }

  /**
   * Begins to score a prompt on the whole validation set, beside everything else: only the best so far depends on it, no later round.
   * @param round - that the prompt leads; 0 for the seed
   */
  validate(member: VersionedPrompt, round: number): void {
    const { options, record, seed } = this.#parts;
    const { version, prompt } = member;
    const previous = this.#validations.at(-1);
    const job = this.#context.fork(`validation-r${round}`, async (fork) => {
      const evaluation = {
        prompt,
        tasks: this.#valTasks,
        mode: 'val',
        priority: VALIDATION_PRIORITY,
        retryUnfinished: true,
      } as const;
      const { result } = await this.#limitEvaluations(() => this.#evaluate(fork, evaluation));
      const { score } = result;
      record.addValidation(round, member, result);
      this.#warnIfIncomplete(version, round, result);
      fork.emit('scored', scoredEvent(round, version, 'val', result));
      if (score !== null) fork.offerBest({ score, rank: round, candidate: { [seed.name]: prompt }, version });
      const bestScore = higher((await previous?.result) ?? null, score);
      if (round > 0) fork.emit('round-ended', { type: 'round-ended', round, rounds: options.beamRounds, bestScore });
      return bestScore;
    });
    this.#validations.push(job);
  }

  /** Resolves when all that was begun with {@link validate} is known. */
  async joinValidations(): Promise<void> {
    await Promise.all(this.#validations.map((validation) => validation.result));
  }

  #warnIfIncomplete(version: string, round: number, { score, unfinished, tasks }: EvaluationScore): void {
    if (score !== null) return;
    const fields = { version, round, unfinished, tasks };
    this.#context.logger.warn(fields, 'A prompt has no score and is not compared, as tasks have no result');
  }

  /** One branch: the parent's rollouts on a training batch, their critique, and the edit. */
  async #branch(round: Round<TTask>, draw: BranchDraw<TTask>): Promise<BranchResult> {
    const { options, tools } = this.#parts;
    const { path, parent, tasks, order, gradientPrompt, editPrompt } = draw;
    const context = branchScope(round.context, path);
    const part = `p${path.parent}-b${path.branch}`;
    const tell = (doing: string | null): void => {
      const key = doing === null ? 'done' : `doing ${doing}`;
      context.emit(key, { type: 'progress', part, round: round.number, parent: parent.version, doing });
    };
    tell(`running ${tasks.length} training tasks`);
    const training = { prompt: parent.prompt, tasks, mode: 'train', priority: GRADIENT_PRIORITY } as const;
    const { outcomes, result } = await this.#evaluate(context.scope('training'), training);
    const hasResult = (outcome: TaskOutcome<TTask>): boolean =>
      options.isUpstream ? outcome.status !== 'unfinished' : !lacksResult(outcome);
    const experiments = selectExperiments(outcomes, { order, batchSize: options.gradientBatchSize, hasResult });
    const request = { ...tools, gradientPrompt, editPrompt, prompt: parent.prompt, outcomes: experiments };
    const proposal = await proposePrompt(context, { ...request, tell });
    tell(null);
    if (proposal.prompt !== null) round.scores.begin(proposal.prompt, path);
    return { draw, training: result, proposal };
  }

  async #evaluate(
    context: AlgorithmContext<TTask>,
    evaluation: {
      readonly prompt: VersionedPrompt['prompt'];
      readonly tasks: readonly TTask[];
      readonly mode: RolloutMode;
      readonly priority: number;
      readonly retryUnfinished?: boolean;
    },
  ): Promise<EvaluatedPrompt<TTask>> {
    const { options, seed } = this.#parts;
    const { rolloutBatchTimeout: timeoutSeconds, isUpstream } = options;
    return await evaluatePrompt(context, { resourceName: seed.name, timeoutSeconds, isUpstream, ...evaluation });
  }
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function noBeam(round: number, candidates: number, rolloutBatchTimeout: number): LightningError {
  return new LightningError(
    'TIMEOUT',
    `No beam candidates left in round ${round}: none of ${candidates} prompts could be scored, as rollouts were not done in ` +
      `${rolloutBatchTimeout} seconds or their runners were lost, and likewise when they were tried again`,
    { details: { round, candidates, rolloutBatchTimeout } },
  );
}
