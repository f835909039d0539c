import type { ApoResult } from 'agentlightning';
import type { Stage } from './list-schedule.ts';

type Round = ApoResult['history'][number];
type CandidateRecord = Round['candidates'][number];

/** One evaluation of a search, as the store has it. */
export interface EvaluationDraws {
  /** Where it stands in the run: `r1/p0/b1/training/tasks`, `r1/scores/v0/tasks`, `validation-r0/tasks`. */
  readonly path: string;
  /** The text of the prompt that it scores. */
  readonly template: string;
  /** What the model calls of each rollout drew, in task order. */
  readonly jobsMs: readonly number[];
}

/** What the optimiser's calls take. A repair is an edit. */
export interface OptimizerLatency {
  readonly critiqueMs: number;
  readonly editMs: number;
}

/** Rollouts that others wait for longest go first: critique, then new candidates, then the beam, then full validations. */
const PRIORITY = { training: 3, child: 2, beam: 1, validation: 0 } as const;

/**
 * A run of APO as a graph of stages: what had to wait for what, and how long it took, with no time for anything but model calls.
 *
 * A branch is training rollouts, then critique and edit, which need no slot; its prompt is scored at once. A prompt that two branches brought
 * is scored when the first of them has it. A round ends when all its branches have, and everything in it is scored; full validations are waited for by
 * nothing but the end.
 *
 * @param evaluations - all that the run made
 * @throws RangeError for an evaluation that has no place in the graph, such as a second try
 */
export function searchStages(
  history: readonly Round[],
  evaluations: readonly EvaluationDraws[],
  latency: OptimizerLatency,
): Stage[] {
  const places = new Places(evaluations);
  const stages: Stage[] = [...places.validation(0, [])];
  let gate: readonly string[] = [];
  for (const [index, { round, candidates }] of history.entries()) {
    if (round === 0) continue;
    const beam = new Set(history[index - 1]!.beam);
    const proposals = candidates.map((candidate) => proposalKey(candidate));
    const scores = places.scores(round, {
      isBeam: (version) => beam.has(version),
      gate,
      proposalsOf: (template) =>
        candidates.filter(({ prompt }) => prompt?.template === template).map((candidate) => proposalKey(candidate)),
    });
    const key = `r${round}/end`;
    stages.push(
      ...candidates.flatMap((candidate) => [places.training(candidate, gate), proposalStage(candidate, latency)]),
      ...scores,
      wait(key, [...proposals, ...scores.map((score) => score.key)]),
    );
    gate = [key];
    stages.push(...places.validation(round, gate));
  }
  places.checkAllFound();
  return stages;
}

/** Finds evaluations by where they stand, and knows which were never asked for. */
class Places {
  readonly #left: Map<string, EvaluationDraws>;

  constructor(evaluations: readonly EvaluationDraws[]) {
    this.#left = new Map(evaluations.map((evaluation) => [evaluation.path, evaluation]));
  }

  /** The full validation of a round; none when it was not asked for. */
  validation(round: number, after: readonly string[]): Stage[] {
    const path = `validation-r${round}/tasks`;
    return this.#left.has(path) ? [this.#stage(path, { after, priority: PRIORITY.validation })] : [];
  }

  training(candidate: CandidateRecord, after: readonly string[]): Stage {
    return this.#stage(`${branchPath(candidate)}/training/tasks`, { after, priority: PRIORITY.training });
  }

  scores(
    round: number,
    {
      isBeam,
      gate,
      proposalsOf,
    }: {
      readonly isBeam: (version: string) => boolean;
      readonly gate: readonly string[];
      readonly proposalsOf: (template: string) => readonly string[];
    },
  ): Stage[] {
    const prefix = `r${round}/scores/`;
    const paths = [...this.#left.keys()].filter((path) => path.startsWith(prefix) && path.endsWith('/tasks'));
    return paths.map((path) => {
      const name = path.slice(prefix.length, -'/tasks'.length);
      if (isBeam(name)) return this.#stage(path, { after: gate, priority: PRIORITY.beam });
      const after = proposalsOf(this.#left.get(path)!.template);
      if (after.length === 0) throw new RangeError(`The evaluation ${path} scores a prompt that no branch brought`);
      return this.#stage(path, { after, waitsFor: 'first', priority: PRIORITY.child });
    });
  }

  checkAllFound(): void {
    if (this.#left.size === 0) return;
    throw new RangeError(`The search made evaluations that have no place in it: ${[...this.#left.keys()].join(', ')}`);
  }

  #stage(path: string, place: Pick<Stage, 'after' | 'priority'> & Partial<Stage>): Stage {
    const evaluation = this.#left.get(path);
    if (evaluation === undefined) throw new RangeError(`The search made no evaluation ${path}`);
    this.#left.delete(path);
    return { key: path, jobsMs: evaluation.jobsMs, delayMs: 0, waitsFor: 'all', ...place };
  }
}

function proposalStage(candidate: CandidateRecord, { critiqueMs, editMs }: OptimizerLatency): Stage {
  const { modelCalls } = candidate;
  const delayMs = modelCalls === 0 ? 0 : critiqueMs + (modelCalls - 1) * editMs;
  return { ...wait(proposalKey(candidate), [`${branchPath(candidate)}/training/tasks`]), delayMs };
}

function wait(key: string, after: readonly string[]): Stage {
  return { key, after, waitsFor: 'all', delayMs: 0, priority: 0, jobsMs: [] };
}

function proposalKey(candidate: CandidateRecord): string {
  return `${branchPath(candidate)}/proposal`;
}

function branchPath({ round, path }: CandidateRecord): string {
  return `r${round}/p${path!.parent}/b${path!.branch}`;
}
