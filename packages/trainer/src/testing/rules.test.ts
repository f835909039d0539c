import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AlgorithmContext, algorithm, isLightningError, PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { algorithmChecks } from './algorithm-checks.ts';
import type { AlgorithmTrial } from './algorithm-trial.ts';
import { memoryBackend } from './trial-backend.ts';
import { TrialWorld } from './trial-world.ts';

type Body = (context: AlgorithmContext<string>) => Promise<unknown>;

/** When a rule-breaker is stopped: in its first run, when a finished run is gone through again, or by the kit alone. */
type FoundBy = 'the first run' | 'a replay' | 'the kit';

const words = ['one', 'two', 'three', 'four'];
const evaluate = (context: AlgorithmContext<string>, key: string, template = 'Work on {word}.') =>
  context.evaluate(key, { candidates: [{ prompt: new PromptTemplate({ template }) }], tasks: words, mode: 'val' });
const bug = new TypeError('x is not a function');

/** What is outside of all runs, which no algorithm may depend on. */
let passes = 0;
let spent = 0;

/** An algorithm for each rule of the guide that breaks it, who finds it out, and what its author reads. */
const breakers: readonly (readonly [rule: string, what: string, foundBy: FoundBy, says: RegExp, body: Body])[] = [
  [
    'A',
    'uses a key twice',
    'the first run',
    /The key "s" is used twice/,
    async (context) => {
      await context.step('s', null, async () => 1);
      return await context.step('s', null, async () => 2);
    },
  ],
  [
    'B',
    'evaluates inside a step',
    'the first run',
    /inside the step "s": a step must not use the context/,
    (context) => context.step('s', null, async () => (await evaluate(context, 'e').outcomes()).length),
  ],
  [
    'C',
    'has a result that JSON does not keep',
    'the first run',
    /\$\.score is -Infinity/,
    (context) => context.step('s', null, async () => ({ score: Number.NEGATIVE_INFINITY })),
  ],
  [
    'D',
    'sets a variable inside a step',
    'the kit',
    /does nothing again/,
    async (context) => {
      let seen = 0;
      await context.step('s', null, async () => {
        seen = 7;
        return 1;
      });
      return seen;
    },
  ],
  [
    'E',
    'has the clock in its result alone',
    'the kit',
    /comes to the same/,
    async (context) => {
      await context.step('s', null, async () => 1);
      return performance.now();
    },
  ],
  [
    'E',
    'asks a model something else on each pass',
    'a replay',
    /The step "s" was recorded with other inputs/,
    (context) => context.step('s', { at: performance.now() }, async () => 1),
  ],
  [
    'F',
    'lets the order of completion decide between equals',
    'the kit',
    /last-in-first-out/,
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
    'G',
    'takes the step that is done first',
    'the kit',
    /last-in-first-out/,
    async (context) => {
      const steps = [1, 2, 3].map((branch) => context.step(`s${branch}`, null, async () => branch));
      const first = await Promise.race(steps);
      await Promise.all(steps);
      return first;
    },
  ],
  [
    'H',
    'decides by what was spent so far',
    'a replay',
    /did not ask for "more"/,
    async (context) => {
      await context.step('s', null, async () => 1);
      if (spent > 0) return 0;
      return await context.step('more', null, async () => {
        spent += 1;
        return 1;
      });
    },
  ],
  [
    'I',
    'evaluates something else under the same key',
    'a replay',
    /The evaluation "e" was recorded with another request/,
    async (context) => {
      passes += 1;
      return (await evaluate(context, 'e', `Pass ${passes}: {word}`).outcomes()).length;
    },
  ],
  [
    'J',
    'does not await',
    'the first run',
    /returned while work was pending: "slow"/,
    async (context) => {
      void context.step('slow', null, async () => {
        await new Promise(setImmediate);
        return 1;
      });
      return 1;
    },
  ],
  [
    'L',
    'goes on after it has caught a bug',
    'the first run',
    /x is not a function/,
    async (context) => {
      await context.step('s', null, () => Promise.reject(bug)).catch(() => {});
      return 1;
    },
  ],
  [
    'M',
    'tells events under keys that are others each time',
    'a replay',
    /did not ask for "at-/,
    async (context) => {
      const value = await context.step('s', null, async () => 1);
      context.emit(`at-${performance.now()}`, { type: 'custom', name: 'x', data: value });
      return value;
    },
  ],
  [
    'N',
    'draws from one stream in two places',
    'the first run',
    /The key "choice" is used twice: first for the random stream/,
    async (context) => context.random('choice').next() + context.random('choice').next(),
  ],
];

function trialOf(body: Body): AlgorithmTrial<string> {
  passes = 0;
  spent = 0;
  return {
    create: () => algorithm<string, never>(body as never),
    agent: (task) => task.length / 10,
    initialResources: { prompt: new PromptTemplate({ template: 'Work on {word}.' }) },
    trainDataset: words,
    kills: 4,
  };
}

/** Who finds an algorithm out first, and what that one says. */
async function findOut(
  trial: AlgorithmTrial<string>,
): Promise<{ foundBy: FoundBy | null; says: string; rule: unknown }> {
  await using world = new TrialWorld(trial, await memoryBackend());
  for (const foundBy of ['the first run', 'a replay'] as const) {
    try {
      await world.pass();
    } catch (error) {
      const rule = isLightningError(error, 'ALGORITHM_RULE_BROKEN') ? error.details['rule'] : null;
      return { foundBy, says: (error as Error).message, rule };
    }
  }
  const failed: string[] = [];
  for (const { name, run } of algorithmChecks(trial)) await run().catch(() => failed.push(name));
  return { foundBy: failed.length === 0 ? null : 'the kit', says: failed.join('\n'), rule: null };
}

describe('an algorithm that breaks a rule', () => {
  it.each(breakers)('%s: it %s, which %s finds out', async (rule, _, foundBy, says, body) => {
    const found = await findOut(trialOf(body));
    expect(found).toMatchObject({ foundBy, says: expect.stringMatching(says) });
    // A clock and an event's key come to be seen as another input, and as a record that was not asked for; a stream is found by its key.
    const named = { E: foundBy === 'a replay' ? 'I' : null, M: 'H', L: null, N: 'A' }[rule];
    if (foundBy !== 'the kit') expect(found.rule).toBe(named === undefined ? rule : named);
  });

  it('K: work that overlaps without fork() ends the process when it fails first, and with it does not', async () => {
    const program = fileURLToPath(new URL('test-data/overlapping.ts', import.meta.url));
    const run = (how: string) => promisify(execFile)(process.execPath, [program, how]);
    await expect(run('promise')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('failed first') });
    expect((await run('fork')).stdout).toBe('the run rejected: failed first\n');
  });

  it('has a rule and a guard in the guide for each that can be broken', () => {
    const guide = readFileSync(new URL('../../../../docs/guides/write-an-algorithm.md', import.meta.url), 'utf8');
    const rules = [...guide.matchAll(/^\| ([A-N]) +\|/gm)].map(([, letter]) => letter);
    expect(rules).toEqual('ABCDEFGHIJKLMN'.split(''));
    expect([...new Set([...breakers.map(([rule]) => rule), 'K'])].sort()).toEqual(rules);
  });
});
