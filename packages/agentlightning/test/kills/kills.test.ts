import { createRng, FAILPOINTS } from '@agentlightning/core';
import { testSeed } from '@agentlightning/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINTS_OF, type KillMoment, planAt, planKills, TARGETS, type Target } from './kill-plan.ts';
import { notedFailpoints } from './noted-failpoints.ts';
import { Stage } from './stage.ts';
import { runTrial } from './trial.ts';

const seed = testSeed('kills');
/** 2 with the other tests; `pnpm check` asks for 40. */
const wanted = Number(process.env['AGL_KILLS'] ?? 2);
/** `every` with `pnpm check`; with the other tests none, as each takes a quarter of a minute. */
const failpoints = process.env['AGL_KILLED_AT'] === 'every' ? FAILPOINTS : [];

/** Where something may fail without anybody being killed. */
const ERRORS = [
  'step.beforeCommit',
  'evaluation.afterOpen',
  'evaluation.afterEnqueue',
  'evaluation.beforeClose',
  'commit.before',
  'file.beforeRename',
  'report.before',
  'reply.before',
] as const;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** @returns the kills that met somebody, in words */
async function expectAllHolds(target: Target, trial: number, plan: readonly KillMoment[]): Promise<readonly string[]> {
  const { kills, violations, folder } = await runTrial(stage, target, trial, plan);
  expect(violations, `${target} was killed ${kills.join(', ')}; files are in ${folder}`).toEqual([]);
  return kills;
}

it(
  `a search comes to the same after ${wanted} kills of whatever takes part in it (seed ${seed})`,
  async () => {
    for (let trial = 0, kills = 0; kills < wanted; trial += 1) {
      const target = TARGETS[(seed + trial) % TARGETS.length]!;
      const plan = planKills(target, seed + trial).slice(0, wanted - kills);
      kills += (await expectAllHolds(target, seed + trial, plan)).length;
    }
  },
  180_000 + wanted * 20_000,
);

describe('a failpoint', () => {
  it('is passed by the runs that are killed: each one, so that it can be killed there', async () => {
    const passed = await notedFailpoints(stage);
    expect(FAILPOINTS.filter((name) => !passed.has(name))).toEqual([]);
  });

  it.each(failpoints)(
    '%s: whoever is killed there loses nothing',
    async (name) => {
      // What the process of the algorithm does, it does wherever its runners are.
      const targets = TARGETS.filter(
        (target) => target !== 'group' && target !== 'main' && FAILPOINTS_OF[target].includes(name),
      );
      for (const target of targets) {
        const plan = planAt(createRng(`${seed} ${target} ${name}`), target, name);
        const kills = await expectAllHolds(target, seed, plan);
        expect(kills, `${target} was never killed there`).toContainEqual(expect.stringContaining(`at ${name} `));
      }
    },
    180_000,
  );

  it.skipIf(failpoints.length === 0).each(ERRORS)(
    '%s: what fails there is tried again, or breaks off and is resumed',
    async (name) => {
      const rng = createRng(`${seed} error ${name}`);
      await expectAllHolds('alone', seed, [{ at: 'error', name, nth: 1 + rng.int(20) }]);
    },
  );
});
