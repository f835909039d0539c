/** Replays what upstream's server was recorded to answer against ours, over any store. */
import type { StoreBackend } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { readOwnAnswers, readScenarios } from './fixture.ts';
import { replayScenario } from './replay.ts';

/**
 * Defines a test for each recorded scenario: a server around a store answers as upstream's did.
 *
 * @param store - what it is called in the names of the tests
 * @param absentKeys - keys that this store's answers lack: its statistics may have no eviction to tell of
 */
export function describeUpstreamFixtures(
  store: string,
  backend: StoreBackend,
  absentKeys: readonly string[] = [],
): void {
  const ownAnswers = readOwnAnswers();
  describe(`a server around ${store} answers as upstream's was recorded to`, () => {
    it.each(readScenarios().map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      expect(await replayScenario(scenario, backend, ownAnswers, absentKeys)).toEqual([]);
    });
  });
}
