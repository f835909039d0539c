import { createRng, FAILPOINTS, type Failpoint, type Rng } from '@agentlightning/core';

/** What is killed. */
export const TARGETS = ['alone', 'group', 'main', 'runner', 'thread', 'child', 'store', 'shared'] as const;

/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** What each target is, in words. */
export const TARGET_NAMES: Readonly<Record<Target, string>> = {
  alone: 'the one process of a run, threads and store in it',
  group: 'the process group of a run: the process of the algorithm and one of runners',
  main: 'the process of the algorithm and its store, while one of runners lives on',
  runner: 'a process of runners',
  thread: 'a thread of runners, by terminate()',
  child: "a process of runners that the run's own has started, with isolation 'process'",
  store: 'agl store, which the run works with',
  shared: 'the process of a run that works with an agl store, while that and one of runners live on',
};

/** When to kill. */
export type KillMoment =
  /** When agents have written down so much of what they write in a run that nothing happens to, from 0 to 1, and some milliseconds later. */
  | { readonly at: 'progress'; readonly share: number; readonly ms: number }
  /** So many milliseconds after the process was started. */
  | { readonly at: 'time'; readonly ms: number }
  /** When it passes a failpoint for the nth time. */
  | { readonly at: 'failpoint'; readonly name: Failpoint; readonly nth: number }
  /** Something is thrown there instead, and nobody is killed: what runs into it may break off by itself. */
  | { readonly at: 'error'; readonly name: Failpoint; readonly nth: number };

/** So long after its start a process has begun to work, milliseconds. */
const STARTED_MS = 1_500;

/** Which failpoints whoever is killed passes. */
export const FAILPOINTS_OF: Readonly<Record<Target, readonly Failpoint[]>> = {
  alone: FAILPOINTS,
  group: FAILPOINTS.filter((name) => !name.startsWith('attempt.') && !name.startsWith('report.')),
  main: FAILPOINTS.filter((name) => !name.startsWith('attempt.') && !name.startsWith('report.')),
  runner: ['attempt.claimed', 'attempt.judged', 'report.before', 'report.after'],
  thread: ['attempt.claimed', 'attempt.judged', 'report.before', 'report.after'],
  // All of them would be armed alike, one after the other without end.
  child: [],
  store: ['commit.before', 'commit.after', 'claim.afterCommit', 'reply.before'],
  // Where the records of the run know of something that the store of its rollouts does not, or the other way round. What the runner that lives on leaves to the
  // others, and whether anything is left to be revived, is a matter of chance.
  shared: [
    'step.afterCommit',
    'evaluation.afterOpen',
    'evaluation.afterEnqueue',
    'evaluation.beforeClose',
    'evaluation.afterClose',
    'commit.after',
  ],
};

/**
 * Whoever takes the place of another is armed as that was. Threads of one run are therefore armed late: the first ones get there, and those
 * that come after them do not. There are two for 70 rollouts.
 */
const LATE: Partial<Record<Target, number>> = { thread: 27 };

/** Between 1 and `most` kills of a trial, at moments that depend on the seed alone. */
export function planKills(target: Target, seed: number, most = 4): KillMoment[] {
  const rng = createRng(`kills ${target} ${seed}`);
  const kills = 1 + rng.int(most);
  const isArmedOnce = LATE[target] !== undefined;
  if (isArmedOnce && rng.int(5) === 0) return planAt(rng, target, rng.pick(FAILPOINTS_OF[target]));
  return Array.from({ length: kills }, () => rng.next())
    .toSorted((a, b) => a - b)
    .map((share) =>
      !isArmedOnce && FAILPOINTS_OF[target].length > 0 && rng.int(4) === 0
        ? passingOf(rng, target)
        : momentOf(rng, share),
    );
}

/** Kills somebody at a failpoint when it is passed for the first time, and whoever takes the place at a later one. */
export function planAt(rng: Rng, target: Target, name: Failpoint): KillMoment[] {
  const late = LATE[target];
  if (late !== undefined) return [{ at: 'failpoint', name, nth: late + rng.int(4) }];
  const first: KillMoment = { at: 'failpoint', name, nth: 1 };
  // Nothing is queued again before something was left under way, as by who is killed in the middle of an attempt.
  if (name === 'run.revived') return [{ at: 'failpoint', name: 'attempt.judged', nth: 8 }, first];
  return [first, { at: 'failpoint', name, nth: 1 + rng.int(8) }];
}

/** Some are passed hundreds of times in a run, and some once. */
function passingOf(rng: Rng, target: Target): KillMoment {
  return { at: 'failpoint', name: rng.pick(FAILPOINTS_OF[target]), nth: 1 + rng.int(2 ** rng.int(6)) };
}

/** A quarter of the others meets a process that starts, or takes the run up again. */
function momentOf(rng: Rng, share: number): KillMoment {
  if (rng.int(4) === 0) return { at: 'time', ms: rng.int(STARTED_MS) };
  return { at: 'progress', share, ms: rng.int(60) };
}

/** A moment, for people. */
export function showMoment(moment: KillMoment): string {
  switch (moment.at) {
    case 'progress':
      return `${moment.ms} ms after ${Math.round(moment.share * 100)} % of the work`;
    case 'time':
      return `${moment.ms} ms after the start`;
    case 'failpoint':
      return `at ${moment.name} (${moment.nth})`;
    case 'error':
      return `by an error at ${moment.name} (${moment.nth})`;
    default:
      return moment satisfies never;
  }
}
