import type { AlgorithmContext, Job, PromptTemplate } from '@agentlightning/core';
import type { VersionedPrompt } from './beam.ts';
import { ignoringWhitespace } from './candidate-check.ts';
import { contentHash } from './content-hash.ts';
import type { BranchPath, EvaluationScore } from './history.ts';

/** How {@link RoundScores} works. */
export interface RoundScoresOptions<TTask> {
  /** Scores a prompt on the round's validation batch, in a context of its own. */
  readonly evaluate: (
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    priority: number,
  ) => Promise<EvaluationScore>;
  /** Whether equal prompts are scored once. */
  readonly sharesScores: boolean;
}

/** New candidates are waited for longer than old ones, so their rollouts go first. */
const NEW_CANDIDATE_PRIORITY = 2;
const BEAM_PRIORITY = 1;

/**
 * The scores of one round: of its beam, begun at once, and of each new prompt as soon as it exists.
 *
 * Where scores are shared, a prompt that equals a member of the beam but for white space is not scored again, nor one of exactly the same text as
 * a sibling. Siblings that differ in white space inside their lines are each scored, since the decision cannot wait for all siblings without
 * keeping runners idle; only the first one's score counts then.
 */
export class RoundScores<TTask> {
  readonly #context: AlgorithmContext<TTask>;
  readonly #options: RoundScoresOptions<TTask>;
  readonly #jobs = new Map<string, Job<EvaluationScore>>();
  readonly #beamTexts: ReadonlySet<string>;

  /** @param context - of the round */
  constructor(context: AlgorithmContext<TTask>, beam: readonly VersionedPrompt[], options: RoundScoresOptions<TTask>) {
    this.#context = context.scope('scores');
    this.#options = options;
    this.#beamTexts = new Set(beam.map(({ prompt }) => ignoringWhitespace(prompt.template)));
    for (const { version, prompt } of beam) this.#begin(version, prompt, BEAM_PRIORITY);
  }

  /** Begins to score what a branch brought, unless the score is known to be shared. */
  begin(prompt: PromptTemplate, path: BranchPath): void {
    if (this.#options.sharesScores && this.#beamTexts.has(ignoringWhitespace(prompt.template))) return;
    this.#begin(this.#keyOf(prompt, path), prompt, NEW_CANDIDATE_PRIORITY);
  }

  /** The score of a member of the beam. */
  ofBeam({ version }: VersionedPrompt): Promise<EvaluationScore> {
    return this.#jobs.get(version)!.result;
  }

  /** The score of a prompt that was begun. */
  ofChild(prompt: PromptTemplate, path: BranchPath): Promise<EvaluationScore> {
    return this.#jobs.get(this.#keyOf(prompt, path))!.result;
  }

  #begin(key: string, prompt: PromptTemplate, priority: number): void {
    if (this.#jobs.has(key)) return;
    // Which of two equal siblings comes first changes nothing: key, prompt and priority are the same.
    this.#jobs.set(
      key,
      this.#context.fork(key, (context) => this.#options.evaluate(context, prompt, priority)),
    );
  }

  #keyOf(prompt: PromptTemplate, { parent, branch }: BranchPath): string {
    return this.#options.sharesScores ? contentHash(prompt.template) : `p${parent}-b${branch}`;
  }
}
