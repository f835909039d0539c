import { type Candidate, canonicalHash, type Json, namedResourcesToWire } from '@agentlightning/core';
import { derivedUuid } from './record-path.ts';

/** The id of the snapshot that a candidate is published as. */
export function snapshotIdOf(runId: string, candidate: Candidate, candidateOnly = false): string {
  const content = canonicalHash(namedResourcesToWire(candidate) as unknown as Json);
  return `rs-${derivedUuid(runId, content, candidateOnly)}`;
}
