import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APO, type ApoOptions } from '../src/index.ts';
import { noise, noisyAgent, runSearch, SEED, tasks } from './run-search.ts';
import { distinctReply, MODELS, type ModelReply, type ModelRequest, startScriptedModel } from './scripted-model.ts';

let moodyReplies = 0;

/** Everything that can become of a branch happens now and then, as a function of the request; the time of a reply is one of its number. */
async function moodyReply(request: ModelRequest): Promise<ModelReply> {
  moodyReplies += 1;
  const milliseconds = noise('pause', moodyReplies) * 3;
  // A real wait: replies are to overtake each other, as those of a real endpoint do.
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const mood = createHash('sha256').update(JSON.stringify(request)).digest()[0]! % 8;
  if (request.model === MODELS.gradientModel) return mood === 0 ? '' : distinctReply(request);
  if (mood === 1) return SEED.template;
  if (mood === 2) return `${SEED.template}\nThe same for several.`;
  if (mood === 3) return 'It lost its placeholder.';
  if (mood === 4) return { content: 'Cut', finishReason: 'length' };
  return distinctReply(request);
}

async function search(options: ApoOptions, { seed, slots }: { seed: number; slots: number }) {
  await using model = await startScriptedModel(moodyReply);
  const algorithm = new APO<{ id: number; word: string }>(model.client(), { ...MODELS, ...options });
  const { bests, events, report } = await runSearch({ algorithm, agent: noisyAgent, seed, slots });
  return { snapshot: algorithm.snapshot(), best: bests.at(-1), modelCalls: report.modelCalls, events: sorted(events) };
}

function sorted(events: readonly object[]): string[] {
  return events.map((event) => JSON.stringify(event)).sort();
}

describe('APO with concurrency', () => {
  it('leaves the same history, best prompt and events whatever is worked on at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 0, max: 2 ** 31 }),
          beamWidth: fc.integer({ min: 1, max: 3 }),
          branchFactor: fc.integer({ min: 1, max: 3 }),
          gradientBatchSize: fc.integer({ min: 1, max: 9 }),
          concurrency: fc.constantFrom(2, 5, Number.POSITIVE_INFINITY),
          slots: fc.constantFrom(1, 3, 64),
          isUpstream: fc.boolean(),
        }),
        async ({ seed, concurrency, slots, isUpstream, ...sizes }) => {
          const options: ApoOptions = {
            ...sizes,
            beamRounds: 2,
            valBatchSize: 4,
            ...(isUpstream ? { compat: 'upstream' as const } : {}),
          };
          const sequential = await search({ ...options, concurrency: 1 }, { seed, slots: 1 });
          const concurrent = await search({ ...options, concurrency }, { seed, slots });
          expect(concurrent).toEqual(sequential);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('takes another way with another seed of the run', async () => {
    const snapshots = await Promise.all(
      [1, 2].map(async (seed) => (await search({ beamRounds: 1 }, { seed, slots: 8 })).snapshot),
    );
    expect(snapshots[0]).not.toEqual(snapshots[1]);
  });

  it('holds branches, and evaluations of candidates, to the number given', async () => {
    const twoBranches = Promise.withResolvers<void>();
    const allBranches = Promise.withResolvers<void>();
    const size = { beamRounds: 1, beamWidth: 2, branchFactor: 4 };
    // A critique and an edit for each branch.
    let unanswered = size.beamWidth * size.branchFactor * 2;
    // A real wait: time for one more to come that must not.
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
    let atOnce = 0;
    let most = 0;
    await using model = await startScriptedModel(async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      if (atOnce === 2) twoBranches.resolve();
      await twoBranches.promise;
      await pause();
      atOnce -= 1;
      unanswered -= 1;
      if (unanswered === 0) allBranches.resolve();
      return undefined;
    });
    const algorithm = new APO<{ id: number; word: string }>(model.client(), {
      ...MODELS,
      ...size,
      concurrency: 2,
    });
    const scored = new Map<string, number>();
    let evaluations = 0;
    await runSearch({
      algorithm,
      slots: 64,
      val: tasks(3, 100),
      agent: async (call) => {
        if (call.mode !== 'val') return noisyAgent(call);
        const { template } = call.prompt;
        scored.set(template, (scored.get(template) ?? 0) + 1);
        evaluations = Math.max(evaluations, [...scored.values()].filter((count) => count > 0).length);
        // No evaluation of a candidate ends before every candidate could have begun with its own.
        if (template !== SEED.template) await allBranches.promise;
        await pause();
        const result = await noisyAgent(call);
        scored.set(template, scored.get(template)! - 1);
        return result;
      },
    });
    expect(most).toBe(2);
    expect(evaluations).toBe(2);
  });
});
