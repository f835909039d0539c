import { createRng, type Json } from '@agentlightning/core';
import { expect } from 'vitest';
import type { AlgorithmTrial } from './algorithm-trial.ts';
import type { Death } from './mortal-journal.ts';
import { withOtherRandomness } from './other-randomness.ts';
import type { ReplayOrder } from './replay-gate.ts';
import { memoryBackend, type TrialBackend } from './trial-backend.ts';
import { TrialWorld } from './trial-world.ts';

/** One thing that is asked of an algorithm. */
export interface AlgorithmCheck {
  /** As a sentence about the algorithm. */
  readonly name: string;
  /** Rejects if it is not so. */
  readonly run: () => Promise<void>;
}

/** What a run came to, to be compared with another. */
interface Findings {
  readonly result: Json | undefined;
  readonly best: string;
  /** Sorted by their keys. */
  readonly events: readonly (readonly [string, string])[];
}

/** Where an algorithm is tried out. */
interface Stage<TTask> {
  readonly trial: AlgorithmTrial<TTask>;
  /** A run that has not begun. */
  readonly openWorld: () => Promise<TrialWorld<TTask>>;
}

/** A run that nothing happened to. */
interface CleanRun {
  readonly findings: Findings;
  /** How many records it kept. */
  readonly records: number;
  /** How many messages it told. */
  readonly messages: number;
  /** How many model calls were answered. */
  readonly bought: number;
}

const ORDERS: readonly ReplayOrder[] = ['first-in-first-out', 'last-in-first-out', 'random'];
/** How many stops are tried, at random moments. */
const STOPS = 8;

/** All that is asked of a durable algorithm. */
export function algorithmChecks<TTask>(
  trial: AlgorithmTrial<TTask>,
  openBackend: () => Promise<TrialBackend> = memoryBackend,
): AlgorithmCheck[] {
  const stage: Stage<TTask> = { trial, openWorld: async () => new TrialWorld(trial, await openBackend()) };
  let clean: Promise<CleanRun> | undefined;
  const cleanRun = (): Promise<CleanRun> => {
    clean ??= runCleanly(stage, 3);
    return clean;
  };
  return [
    ...[1, 8].map((slots) => ({
      name: `comes to the same with ${slots} ${slots === 1 ? 'rollout' : 'rollouts'} at once as with 3`,
      run: async () => {
        const { findings } = await cleanRun();
        expect((await runCleanly(stage, slots)).findings).toEqual(findings);
      },
    })),
    {
      name: 'comes to the same in two runs at once',
      run: async () => {
        const { findings } = await cleanRun();
        const [one, other] = await Promise.all([runCleanly(stage, 3), runCleanly(stage, 2)]);
        expect(one.findings).toEqual(findings);
        expect(other.findings).toEqual(findings);
      },
    },
    ...ORDERS.map((order) => ({
      name: `does nothing again when its records answer ${order}, and comes to the same`,
      run: async () => checkReplay(stage, await cleanRun(), order),
    })),
    {
      name: 'comes to the same when it is killed before or after any record, and resumed',
      run: async () => checkKills(stage, await cleanRun()),
    },
    {
      name: 'comes to the same when it is stopped at any time, and resumed, and buys nothing twice',
      run: async () => checkStops(stage, await cleanRun()),
    },
  ];
}

async function runCleanly<TTask>({ openWorld }: Stage<TTask>, slots: number): Promise<CleanRun> {
  await using world = await openWorld();
  const { ending, result, kept: records, told: messages } = await world.pass({ slots });
  expect(ending).toBe('done');
  return { findings: findingsOf(world, result), records, messages, bought: world.bought };
}

async function checkReplay<TTask>({ openWorld }: Stage<TTask>, clean: CleanRun, order: ReplayOrder): Promise<void> {
  await using world = await openWorld();
  await world.pass();
  const work = await world.work();
  const replay = { order, seed: order };
  const { ending, result, kept } = await withOtherRandomness(order, () => world.pass({ replay }));
  expect({ ending, kept }).toEqual({ ending: 'done', kept: 0 });
  expect(findingsOf(world, result)).toEqual(clean.findings);
  expect(await world.work()).toEqual(work);
}

async function checkKills<TTask>({ trial, openWorld }: Stage<TTask>, clean: CleanRun): Promise<void> {
  for (const death of deaths(clean.records, trial.kills ?? 40)) {
    const where = `killed ${death.moment} record ${death.record} of ${clean.records}`;
    await using world = await openWorld();
    await world.pass({ death });
    const replay = { order: 'random', seed: where } as const;
    const { ending, result } = await withOtherRandomness(where, () => world.pass({ replay }));
    expect(ending, where).toBe('done');
    expect(findingsOf(world, result), where).toEqual(clean.findings);
  }
}

async function checkStops<TTask>({ openWorld }: Stage<TTask>, clean: CleanRun): Promise<void> {
  const rng = createRng('stops');
  for (let stop = 0; stop < STOPS; stop += 1) {
    const stopAfter = 1 + rng.int(clean.messages);
    const where = `stopped after ${stopAfter} of ${clean.messages} messages`;
    await using world = await openWorld();
    await world.pass({ stopAfter });
    const { ending, result } = await world.pass();
    expect(ending, where).toBe('done');
    expect(findingsOf(world, result), where).toEqual(clean.findings);
    expect(world.bought, `model calls when ${where}`).toBe(clean.bought);
  }
}

function findingsOf<TTask>(world: TrialWorld<TTask>, result: Json | undefined): Findings {
  return { result, best: world.best, events: [...world.events].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** At most so many of the moments at which a process can die, spread evenly. */
function deaths(records: number, count: number): Death[] {
  const all = Array.from(
    { length: 2 * records },
    (_, index): Death => ({
      record: index >> 1,
      moment: index % 2 === 0 ? 'before' : 'after',
    }),
  );
  const every = Math.max(1, all.length / count);
  return all.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
}
