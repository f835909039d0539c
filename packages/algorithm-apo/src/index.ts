// For threads that rebuild the algorithm
export { APO, apoFromSource } from './apo.ts';
export type { ApoOptions } from './apo-options.ts';
// For algorithms built on APO's parts
export type { EvaluatedPrompt } from './evaluate-prompt.ts';
export type {
  BranchPath,
  CandidateRecord,
  CandidateStatus,
  DropReason,
  EvaluationScore,
  PromptData,
  RoundRecord,
  SampleScore,
  SearchCounts,
} from './history.ts';
export type { PlainClientOptions } from './model-client.ts';
export type { ReplyFailure } from './optimizer-client.ts';
export type { Proposal } from './propose-prompt.ts';
export { planSearch, type RoundSize, type SearchPlan, type SearchSize } from './search-plan.ts';
export type { ApoResult } from './search-record.ts';
