import { type Json, LightningError, PromptTemplate } from '@agentlightning/core';
import type { VersionedPrompt } from './beam.ts';
import { ignoringWhitespace } from './candidate-check.ts';
import {
  type BranchPath,
  type CandidateRecord,
  type CandidateStatus,
  countSearch,
  type EvaluationScore,
  type PromptData,
  type RoundRecord,
  type SearchCounts,
} from './history.ts';
import type { Proposal } from './propose-prompt.ts';
import type { BranchDraw } from './sampling.ts';

/** What APO found. */
export interface ApoResult {
  /** The prompt with the highest score on the whole validation set; the seed if nothing has one. */
  readonly bestPrompt: PromptTemplate;
  /** `null` if nothing has been scored on the whole validation set. */
  readonly bestScore: number | null;
  /** Where that score comes from, with its interval and on how many tasks it was reached; `null` likewise. */
  readonly bestEvaluation: EvaluationScore | null;
  /** `null` likewise. */
  readonly bestVersion: string | null;
  /** Round by round, beginning with the seed. */
  readonly history: readonly RoundRecord[];
  readonly counts: SearchCounts;
}

/** What came of one branch. */
export interface BranchResult {
  readonly draw: Pick<BranchDraw<unknown>, 'path' | 'parent' | 'gradientPrompt' | 'editPrompt'>;
  readonly training: EvaluationScore;
  readonly proposal: Proposal;
}

/** A new candidate that takes part in its round. */
export interface Child extends VersionedPrompt {
  readonly path: BranchPath;
}

/** A prompt and its score in a round. */
export interface MemberScore {
  readonly version: string;
  readonly result: EvaluationScore;
}

type Mutable<V> = { -readonly [K in keyof V]: V[K] };
type MutableRound = Mutable<Omit<RoundRecord, 'candidates'>> & { candidates: Mutable<CandidateRecord>[] };

interface Best {
  readonly version: string;
  readonly score: number;
  readonly round: number;
  readonly prompt: PromptData;
}

/** A snapshot of a {@link SearchRecord}. */
interface SearchSnapshot {
  readonly format: 1;
  readonly seed: PromptData;
  readonly best: Best | null;
  readonly rounds: readonly RoundRecord[];
}

/**
 * What is known of a search. Written between the barriers of the loop, but for validations, which may come in any order: they leave the
 * same record.
 */
export class SearchRecord {
  readonly seed: VersionedPrompt;
  readonly #rounds: MutableRound[];
  #best: Best | null = null;
  #versions: number;

  constructor(seed: PromptTemplate) {
    this.seed = { version: 'v0', prompt: seed };
    this.#versions = 1;
    this.#rounds = [{ round: 0, parents: [], candidates: [seedRecord(seed)], beam: ['v0'], validation: null }];
  }

  get history(): readonly RoundRecord[] {
    return this.#rounds;
  }

  /** The best prompt on the whole validation set; `null` before any was scored on it. */
  get best(): { readonly version: string; readonly score: number } | null {
    return this.#best;
  }

  get bestPrompt(): PromptTemplate {
    return this.#best === null ? this.seed.prompt : new PromptTemplate(this.#best.prompt);
  }

  /** The record of a candidate that has a version. */
  candidate(version: string): CandidateRecord {
    return this.#candidate(version);
  }

  /**
   * Numbers what the branches brought, in their order.
   *
   * @param beam - the beam of the round
   * @param sharesScores - whether a prompt that equals an earlier one, white space aside, is a duplicate of it
   * @returns the new candidates, without duplicates
   */
  addRound(
    {
      parents,
      beam,
      sharesScores,
    }: {
      readonly parents: readonly VersionedPrompt[];
      readonly beam: readonly VersionedPrompt[];
      readonly sharesScores: boolean;
    },
    branches: readonly BranchResult[],
  ): Child[] {
    const round = this.#rounds.length;
    const versionOf = new Map(beam.map(({ version, prompt }) => [ignoringWhitespace(prompt.template), version]));
    const children: Child[] = [];
    const candidates = branches.map(({ draw, training, proposal }): Mutable<CandidateRecord> => {
      const common = branchRecord(round, draw, training, proposal);
      const { prompt } = proposal;
      if (prompt === null) return { ...common, version: null, status: 'dropped', duplicateOf: null, prompt: null };
      const version = `v${this.#versions++}`;
      const text = ignoringWhitespace(prompt.template);
      const duplicateOf = sharesScores ? (versionOf.get(text) ?? null) : null;
      if (duplicateOf === null) {
        versionOf.set(text, version);
        children.push({ version, prompt, path: draw.path });
      }
      const status: CandidateStatus = duplicateOf === null ? 'open' : 'duplicate';
      return { ...common, version, status, duplicateOf, prompt: promptData(prompt) };
    });
    this.#rounds.push({
      round,
      parents: parents.map(({ version }) => version),
      candidates,
      beam: [],
      validation: null,
    });
    return children;
  }

  /** Notes the scores of the round's pool and the beam chosen from it. */
  closeRound(scores: readonly MemberScore[], beam: readonly VersionedPrompt[]): void {
    const round = this.#rounds.at(-1)!;
    round.beam = beam.map(({ version }) => version);
    for (const { version, result } of scores) {
      const kept = round.beam.includes(version);
      const candidate = this.#candidate(version);
      candidate.samples = [...candidate.samples, { round: round.round, kept, ...result }];
      candidate.status = kept ? 'kept' : result.score === null ? 'incomplete' : 'outscored';
    }
  }

  /** Notes a score on the whole validation set. A tie goes to the earlier round, as upstream replaces its best by a higher score only. */
  addValidation(round: number, { version, prompt }: VersionedPrompt, result: EvaluationScore): void {
    this.#rounds[round]!.validation = { version, result };
    const latest = this.#rounds.findLast((entry) => entry.validation?.version === version);
    this.#candidate(version).validation = latest?.validation?.result ?? null;
    const { score } = result;
    const best = this.#best;
    if (score === null) return;
    if (best === null || score > best.score || (score === best.score && round < best.round)) {
      this.#best = { version, score, round, prompt: promptData(prompt) };
    }
  }

  result(): ApoResult {
    return {
      bestPrompt: this.bestPrompt,
      bestScore: this.#best?.score ?? null,
      bestEvaluation: this.#bestEvaluation,
      bestVersion: this.#best?.version ?? null,
      history: this.#rounds,
      counts: countSearch(this.#rounds),
    };
  }

  toJson(): Json {
    const snapshot: SearchSnapshot = {
      format: 1,
      seed: promptData(this.seed.prompt),
      best: this.#best,
      rounds: this.#rounds,
    };
    return JSON.parse(JSON.stringify(snapshot)) as Json;
  }

  /** @throws LightningError `INVALID_ARGUMENT` for anything that {@link toJson} has not made */
  static fromJson(json: Json): SearchRecord {
    if (!isSnapshot(json)) {
      throw new LightningError('INVALID_ARGUMENT', 'The snapshot is not one of APO, or of another version of it');
    }
    const { seed, best, rounds } = structuredClone(json);
    const record = new SearchRecord(new PromptTemplate(seed));
    record.#rounds.splice(0, 1, ...(rounds as MutableRound[]));
    record.#best = best;
    record.#versions = rounds.flatMap((round) => round.candidates).filter(({ version }) => version !== null).length;
    return record;
  }

  get #bestEvaluation(): EvaluationScore | null {
    if (this.#best === null) return null;
    return this.#rounds[this.#best.round]?.validation?.result ?? null;
  }

  #candidate(version: string): Mutable<CandidateRecord> {
    for (const round of this.#rounds) {
      const found = round.candidates.find((candidate) => candidate.version === version);
      if (found !== undefined) return found;
    }
    throw new LightningError('INTERNAL', `The search has no candidate ${version}`);
  }
}

function isSnapshot(json: unknown): json is SearchSnapshot {
  const { format, seed, best, rounds } = Object(json) as Record<string, unknown>;
  return format === 1 && typeof seed === 'object' && seed !== null && best !== undefined && Array.isArray(rounds);
}

function promptData({ template, engine }: PromptTemplate): PromptData {
  return { template, engine };
}

function seedRecord(seed: PromptTemplate): Mutable<CandidateRecord> {
  return {
    version: 'v0',
    parent: null,
    round: 0,
    path: null,
    status: 'kept',
    reason: null,
    problem: null,
    duplicateOf: null,
    gradientPrompt: null,
    critique: null,
    editPrompt: null,
    repaired: false,
    modelCalls: 0,
    training: null,
    prompt: promptData(seed),
    samples: [],
    validation: null,
  };
}

function branchRecord(
  round: number,
  { path, parent, gradientPrompt, editPrompt }: BranchResult['draw'],
  training: EvaluationScore,
  { reason, problem, critique, repaired, modelCalls }: Proposal,
): Omit<CandidateRecord, 'version' | 'status' | 'duplicateOf' | 'prompt'> {
  return {
    parent: parent.version,
    round,
    path,
    reason,
    problem,
    gradientPrompt: modelCalls === 0 ? null : gradientPrompt.name,
    critique,
    editPrompt: critique === null ? null : editPrompt.name,
    repaired,
    modelCalls,
    training,
    samples: [],
    validation: null,
  };
}
