import {
  type Candidate,
  canonicalHash,
  isPromptTemplate,
  type Json,
  type NamedResources,
  namedResourcesToWire,
  type PromptTemplate,
  type Span,
} from '@agentlightning/core';
import type { RecordedOutcome } from '../context/task-outcome.ts';

/** A candidate whose outcomes are looked at. */
export interface ObservedCandidate {
  /** Names it: two with the same have the same resources. */
  readonly id: string;
  /** Names its prompts: two with the same differ in other resources at most. */
  readonly promptId: string;
  /** What it varies, by the names of the resources; of one that varies nothing, the prompts that the run began with. */
  readonly prompts: Readonly<Record<string, PromptTemplate>>;
}

/** A candidate, for whoever looks for findings. Two that come to the same with the initial resources are one. */
export function observedCandidate(initialResources: NamedResources, candidate: Candidate): ObservedCandidate {
  const own = promptsOf(candidate);
  const merged = { ...initialResources, ...candidate };
  return {
    id: hashOf(merged),
    promptId: hashOf(promptsOf(merged)),
    prompts: Object.keys(own).length > 0 ? own : promptsOf(initialResources),
  };
}

function hashOf(resources: NamedResources): string {
  return canonicalHash(namedResourcesToWire(resources) as unknown as Json);
}

function promptsOf(resources: NamedResources): Record<string, PromptTemplate> {
  const prompts = Object.entries(resources).filter((entry): entry is [string, PromptTemplate] =>
    isPromptTemplate(entry[1]),
  );
  return Object.fromEntries(prompts);
}

/** One outcome, for whoever looks for findings. */
export interface ObservedOutcome {
  readonly outcome: RecordedOutcome;
  readonly candidate: ObservedCandidate;
  /** Names the task in the run; `null` for one that is not to be remembered. */
  readonly task: string | null;
  /** Of the attempt that counts; absent when the outcome comes from a record. */
  readonly spans?: readonly Span[];
}
