import {
  type AlgorithmContext,
  algorithm,
  Baseline,
  type BaselineResult,
  type Json,
  PromptTemplate,
} from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { algorithmChecks } from './algorithm-checks.ts';
import { describeAlgorithmConformance } from './describe-algorithm-conformance.ts';

const initialResources = { prompt: new PromptTemplate({ template: 'Work on {word}.' }) };
const words = ['one', 'two', 'three', 'four', 'five', 'six'];

/** A number in [0, 1) that depends on the text alone. */
function noise(text: string): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

const agent = (task: string, resources: object): number => {
  const { prompt } = resources as { prompt: PromptTemplate };
  return Math.round(noise(`${prompt.template}|${task}`) * 4) / 4;
};

describeAlgorithmConformance('Baseline', {
  create: () => new Baseline<string>({ nEpochs: 2 }),
  agent,
  initialResources,
  trainDataset: words,
  valDataset: words.slice(3),
  comparable: (result) => {
    const { outcomes, ...scores } = result as unknown as BaselineResult;
    return { ...scores, outcomes: outcomes.map((outcome) => ({ ...outcome, latencySeconds: 0 })) } as unknown as Json;
  },
});

/** Random edits of the best prompt, with all that the context offers: overlapping branches, steps, an early stop. */
async function search(context: AlgorithmContext<string>): Promise<{ best: number; began: number; texts: string[] }> {
  const began = await context.now('began');
  let best = { score: -1, text: 'Work on {word}.' };
  const texts: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const scope = context.scope(`r${round}`);
    const parent = best.text;
    const branches = [0, 1, 2].map((branch) =>
      scope.fork(`b${branch}`, async (forked) => {
        const rng = forked.random('choice');
        const edit = await forked.step('edit', { parent }, async () => `${parent} Mind ${rng.pick(words)}!`);
        const prompt = new PromptTemplate({ template: edit });
        let sum = 0;
        for await (const { reward } of forked.evaluate('score', {
          candidates: [{ prompt }],
          tasks: words,
          mode: 'val',
        })) {
          sum += reward ?? 0;
          if (branch === 2 && sum > 1) break;
        }
        forked.emit('scored', { type: 'custom', name: 'scored', data: { edit, sum } });
        context.offerBest({
          score: sum,
          rank: round * 3 + branch,
          version: `r${round}b${branch}`,
          candidate: { prompt },
        });
        return { score: sum, text: edit };
      }),
    );
    for (const job of branches) {
      const scored = await job.result;
      texts.push(scored.text);
      if (scored.score > best.score) best = scored;
    }
  }
  return { best: best.score, began: Math.sign(began), texts };
}

describeAlgorithmConformance('a function that searches', {
  create: () => algorithm(search),
  agent,
  initialResources,
  trainDataset: words,
  kills: 30,
});

type Body = (context: AlgorithmContext<string>) => Promise<number | null>;

const score = (context: AlgorithmContext<string>, key: string, template: string) =>
  context.evaluate(key, {
    candidates: [{ prompt: new PromptTemplate({ template }) }],
    tasks: words.slice(0, 2),
    mode: 'val',
  });

/** Algorithms that break a rule which no guard of the context can see, each in another way. */
const breakers: readonly (readonly [string, Body])[] = [
  [
    'has chance in its result alone',
    async (context) => {
      await context.step('a', null, async () => 1);
      return Math.random();
    },
  ],
  [
    'has the clock in its result alone',
    async (context) => {
      await context.step('a', null, async () => 1);
      return Date.now();
    },
  ],
  [
    'lets the order of completion decide between equals',
    async (context) => {
      let first: number | null = null;
      await Promise.all(
        [1, 2, 3].map(async (branch) => {
          await context.step(`s${branch}`, null, async () => 0);
          first ??= branch;
        }),
      );
      return first;
    },
  ],
  [
    'sets a variable inside a step',
    async (context) => {
      let seen = 0;
      await context.step('a', null, async () => {
        seen = 7;
        return 1;
      });
      return seen;
    },
  ],
  [
    'has the clock in the key of an event',
    async (context) => {
      const began = await context.step('a', null, async () => 1);
      context.emit(`at-${performance.now()}`, { type: 'custom', name: 'x', data: began });
      return 1;
    },
  ],
  [
    'takes another turn on each pass',
    async (context) => {
      const rolls = Math.floor(Math.random() * 1_000_000);
      return await context.step(`roll-${rolls}`, null, async () => 1);
    },
  ],
  [
    'gives up what it has bought when it is stopped',
    async (context) => {
      let sum = 0;
      for (let round = 0; round < 6; round += 1) {
        sum += await context.step(`buy-${round}`, null, async ({ llm }) => {
          const reply = await llm(async () => round);
          context.signal.throwIfAborted();
          return reply;
        });
      }
      return sum;
    },
  ],
  [
    'has state outside of a run',
    async (context) => {
      outside += 1;
      const [outcome] = await score(context, 'e', `Take ${outside} of {word}.`).outcomes();
      return outcome?.reward ?? null;
    },
  ],
];
let outside = 0;

describe('an algorithm that', () => {
  it.each(breakers)('%s is found out', async (_, body) => {
    const checks = algorithmChecks({
      create: () => algorithm(body),
      agent,
      initialResources,
      trainDataset: words,
      kills: 6,
    });
    const failed: string[] = [];
    for (const { name, run } of checks) await run().catch(() => failed.push(name));
    expect(failed).not.toEqual([]);
  });

  it('keeps the rules is not', async () => {
    const checks = algorithmChecks({
      create: () => algorithm(search),
      agent,
      initialResources,
      trainDataset: words,
      kills: 6,
    });
    for (const { run } of checks) await run();
  });
});
