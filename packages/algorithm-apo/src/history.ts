import type { TemplateEngine } from '@agentlightning/core';

/** How an evaluation went. */
export interface EvaluationScore {
  /** Mean reward, in which a failed rollout and one without reward count 0. `null`: some rollouts have no result, so there is no score. */
  readonly score: number | null;
  /** 95 % interval of the score, see `intervalOf()`; `null` like the score. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number;
  /** Rollouts that failed or timed out. */
  readonly failed: number;
  /** Rollouts that succeeded without a reward. */
  readonly withoutReward: number;
  /** Tasks without a result: not done at the deadline, cancelled by somebody, or their runner lost, and (unless `compat`) not the second time either. */
  readonly unfinished: number;
  /** Tasks that were run a second time because of that. */
  readonly retried: number;
}

/** A score on the validation batch of one round. */
export interface SampleScore extends EvaluationScore {
  readonly round: number;
  /** Whether the candidate was in the beam after this round. */
  readonly kept: boolean;
}

/** What became of a candidate. */
export type CandidateStatus =
  /** In the beam after the last round that has ended. */
  | 'kept'
  /** Scored lower than those in the beam. */
  | 'outscored'
  /** Has no score, as rollouts did not finish. */
  | 'incomplete'
  /** Equal to another prompt of its round, whose score it shares. */
  | 'duplicate'
  /** Never came to be: `reason` says why. */
  | 'dropped'
  /** Its round has not ended. */
  | 'open';

/** Why a branch brought no prompt. */
export type DropReason =
  /** No rollout of the parent finished, so there was nothing to criticise. */
  | 'no-experiments'
  /** The critic refused, gave nothing, or was cut off. */
  | 'critique-failed'
  /** The editor did. */
  | 'edit-failed'
  /** The prompt cannot be used, also after it was repaired once. */
  | 'invalid-template';

/** A prompt as plain data. */
export interface PromptData {
  readonly template: string;
  readonly engine: TemplateEngine;
}

/** Where a candidate comes from. Both count from 0; parents in the order drawn for the round. */
export interface BranchPath {
  readonly parent: number;
  readonly branch: number;
}

/** One candidate: the seed, or what a branch brought. */
export interface CandidateRecord {
  /** `v0` is the seed. Numbered in the order of branches; `null` for a branch that was dropped. */
  readonly version: string | null;
  /** The version it was made from; `null` for the seed. */
  readonly parent: string | null;
  /** The round it was made in; 0 for the seed. */
  readonly round: number;
  readonly path: BranchPath | null;
  readonly status: CandidateStatus;
  /** For `dropped`. */
  readonly reason: DropReason | null;
  /** For `dropped`: what was wrong, in words. */
  readonly problem: string | null;
  /** For `duplicate`: the version it equals. */
  readonly duplicateOf: string | null;
  /** Name of the text the critic was asked with. */
  readonly gradientPrompt: string | null;
  readonly critique: string | null;
  /** Name of the text the editor was asked with. */
  readonly editPrompt: string | null;
  /** Whether the editor was asked to repair its prompt. */
  readonly repaired: boolean;
  /** Requests that got an answer, useful or not: critique, edit, repair. */
  readonly modelCalls: number;
  /** What its parent scored on the training batch that the critic saw. */
  readonly training: EvaluationScore | null;
  readonly prompt: PromptData | null;
  /** Scores on the validation batches of the rounds it took part in; for a duplicate none. */
  readonly samples: readonly SampleScore[];
  /** Score on the whole validation set, if it led a round or is the seed. The latest, if it led several. */
  readonly validation: EvaluationScore | null;
}

/** One round. Round 0 is the seed prompt. */
export interface RoundRecord {
  readonly round: number;
  /** Versions that branches were made from, in the order drawn; a short beam is repeated. */
  readonly parents: readonly string[];
  /** One per branch, in the order of parents, then branches. */
  readonly candidates: readonly CandidateRecord[];
  /** The beam after the round, best first; empty while the round goes on. */
  readonly beam: readonly string[];
  /** The leader's score on the whole validation set: `null` until it is known, or if it was not asked for. */
  readonly validation: { readonly version: string; readonly result: EvaluationScore } | null;
}

/** Sums over a history. */
export interface SearchCounts {
  /** Rollouts behind the scores of the history, second tries included. */
  readonly rollouts: number;
  /** Of them those that failed or timed out. */
  readonly failedRollouts: number;
  /** Tasks that have no result. */
  readonly unfinishedRollouts: number;
  /** Answers of the optimiser's models: critiques, edits and repairs. */
  readonly modelCalls: number;
  /** Candidates that were scored or waiting to be, without the seed. */
  readonly candidates: number;
  readonly dropped: number;
  readonly duplicates: number;
  /** Candidates whose first version could not be used; the dropped ones among them included. */
  readonly repaired: number;
}

/** Adds up what a history tells. */
export function countSearch(history: readonly RoundRecord[]): SearchCounts {
  const records = history.flatMap((round) => round.candidates);
  const children = records.filter((record) => record.round > 0);
  const evaluations = [
    ...records.flatMap((record) => [...(record.training === null ? [] : [record.training]), ...record.samples]),
    ...history.flatMap((round) => (round.validation === null ? [] : [round.validation.result])),
  ];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    rollouts: sum(evaluations.map((evaluation) => evaluation.tasks + evaluation.retried)),
    failedRollouts: sum(evaluations.map((evaluation) => evaluation.failed)),
    unfinishedRollouts: sum(evaluations.map((evaluation) => evaluation.unfinished)),
    modelCalls: sum(children.map((record) => record.modelCalls)),
    candidates: children.filter(({ status }) => status !== 'dropped' && status !== 'duplicate').length,
    dropped: children.filter(({ status }) => status === 'dropped').length,
    duplicates: children.filter(({ status }) => status === 'duplicate').length,
    repaired: children.filter(({ repaired }) => repaired).length,
  };
}
