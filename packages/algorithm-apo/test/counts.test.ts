import { describe, expect, it } from 'vitest';
import { APO } from '../src/index.ts';
import { noisyAgent, runSearch, tasks } from './run-search.ts';
import { MODELS, startScriptedModel } from './scripted-model.ts';

describe('what a search costs', () => {
  it.each([
    { what: 'the defaults', options: {}, val: 29, rollouts: 1220, modelCalls: 96 },
    {
      what: "upstream's example",
      options: { beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 10 },
      val: 29,
      rollouts: 229,
      modelCalls: 16,
    },
    {
      what: "upstream's example by upstream's rules",
      options: { compat: 'upstream' as const, beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 10 },
      val: 29,
      rollouts: 229,
      modelCalls: 16,
    },
  ])(
    '$what: $rollouts rollouts and $modelCalls model calls for $val validation tasks',
    async ({ options, val, rollouts, modelCalls }) => {
      await using model = await startScriptedModel();
      const algorithm = new APO<{ id: number; word: string }>(model.client(), { ...MODELS, ...options });
      const { report, calls } = await runSearch({
        algorithm,
        agent: noisyAgent,
        train: tasks(28),
        val: tasks(val, 100),
        slots: 32,
      });
      const { parts } = algorithm.plan({ trainTasks: 28, valTasks: val });
      expect(parts.reduce((sum, part) => sum + part.rollouts, 0)).toBe(rollouts);
      expect(parts.reduce((sum, part) => sum + part.modelCalls, 0)).toBe(modelCalls);
      expect(report.spend).toMatchObject({ rollouts, modelCalls: { algorithm: modelCalls, agent: calls.length } });
      expect(calls).toHaveLength(rollouts);
      expect(report.modelCalls).toBe(modelCalls);
      expect(model.requests).toHaveLength(modelCalls);
      expect(algorithm.restore(algorithm.snapshot()).counts).toMatchObject({
        rollouts,
        modelCalls,
        dropped: 0,
        duplicates: 0,
      });
    },
  );
});
