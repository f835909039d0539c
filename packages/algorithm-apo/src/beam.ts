import type { PromptTemplate, Rng } from '@agentlightning/core';

/** A prompt of the search under its name. */
export interface VersionedPrompt {
  /** `v0`, `v1`, … */
  readonly version: string;
  readonly prompt: PromptTemplate;
}

/** A prompt with its score on the round's validation batch; `null` when it has none. */
export interface ScoredPrompt extends VersionedPrompt {
  readonly score: number | null;
}

/**
 * The best `beamWidth` prompts, best first; equal scores keep their order. A prompt without a score cannot be compared, so it is never
 * among them. Mirrors the selection in upstream `APO._evaluate_and_select_beam` (v0.3.0).
 */
export function selectBeam(pool: readonly ScoredPrompt[], beamWidth: number): VersionedPrompt[] {
  return pool
    .filter((member): member is VersionedPrompt & { score: number } => member.score !== null)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, beamWidth)
    .map(({ version, prompt }) => ({ version, prompt }));
}

/**
 * The prompts that a round starts from, `beamWidth` of them: the beam in random order or, while it is shorter, the beam over and over from its
 * best. Mirrors upstream `APO._sample_parent_prompts` (v0.3.0).
 */
export function drawParents(beam: readonly VersionedPrompt[], beamWidth: number, random: Rng): VersionedPrompt[] {
  if (beam.length >= beamWidth) return random.sample(beam, beamWidth);
  return Array.from({ length: beamWidth }, (_, index) => beam[index % beam.length]!);
}
