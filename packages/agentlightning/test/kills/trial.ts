import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkInvariants,
  type Life,
  parseLedger,
  type SeenVerdict,
  type StoreSighting,
  type Violation,
} from '@agentlightning/core/testing';
import { END_A_RUNNER, ENDED_AT_FAILPOINT } from '../fixtures/resumable-run.ts';
import type { Child, Ended } from './child.ts';
import { comparableOf, scoresOf } from './comparable.ts';
import { type KillMoment, planKills, showMoment, type Target } from './kill-plan.ts';
import { Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import { copyInUse, lookAtCopy, type StoreCopy } from './store-copy.ts';
import { checkToldEvents, toldEventsIn } from './told-events.ts';
import { Watcher } from './watcher.ts';

/** After the last kill everything is over within so many milliseconds: a start, the run, what was lost, and a slow machine. */
const BOUND_MS = 90_000;
/** How often it is looked whether a moment has come. */
const LOOK_MS = 3;
/** As many steps are under way at once: two parents with two branches each, one call in each step. */
const MOST_CALLS_IN_FLIGHT = 4;

/** What a trial came to. */
export interface TrialReport {
  readonly target: Target;
  readonly seed: number;
  /** The kills that met somebody, in words. */
  readonly kills: readonly string[];
  readonly violations: readonly Violation[];
  /** How long it took. */
  readonly ms: number;
  /** Where the files of a trial with violations are left. */
  readonly folder: string | undefined;
}

/** A search that is killed now and then, by a plan that the seed makes, and resumed until it is done; and whether all holds that must. */
export async function runTrial(
  stage: Stage,
  target: Target,
  seed: number,
  plan: readonly KillMoment[] = planKills(target, seed),
): Promise<TrialReport> {
  const start = performance.now();
  await stage.model.resetStats();
  const trial = new Trial(stage, await Scene.open(target, stage.model.baseUrl));
  const violations = await trial.run(target, plan);
  return {
    target,
    seed,
    kills: trial.kills,
    violations,
    ms: performance.now() - start,
    folder: trial.remove(violations),
  };
}

class Trial {
  readonly kills: string[] = [];
  readonly #stage: Stage;
  readonly #scene: Scene;
  readonly #watcher: Watcher;
  readonly #sightings: StoreSighting[] = [];
  readonly #lives: Life[] = [];
  #verdicts: readonly SeenVerdict[] = [];
  #callsBefore = 0;
  #recordedBefore = 0;
  #lastKill = performance.now();

  constructor(stage: Stage, scene: Scene) {
    this.#stage = stage;
    this.#scene = scene;
    this.#watcher = new Watcher(scene.runDirectory);
  }

  async run(target: Target, plan: readonly KillMoment[]): Promise<Violation[]> {
    try {
      const child = await this.#kill(target, plan);
      const { code, signal } = await withinBound(child);
      const settledMs = performance.now() - this.#lastKill;
      await this.#watcher.close();
      await this.#look();
      if (code === 0) return this.#judge(child.output, settledMs);
      return [{ invariant: 'I11', what: `the run ended with ${code ?? signal}: ${child.errors}` }];
    } finally {
      // What kept it from its work was said above.
      await this.#watcher.close().catch(() => {});
      await this.#scene.endAll();
    }
  }

  /** Removes the files unless something is to be looked for in them. */
  remove(violations: readonly Violation[]): string | undefined {
    if (violations.length > 0) return this.#scene.folder;
    this.#scene.remove();
    return undefined;
  }

  /** Does what the plan says, and returns the last process of the algorithm. */
  #kill(target: Target, plan: readonly KillMoment[]): Promise<Child> {
    switch (target) {
      case 'alone':
      case 'group':
      case 'main':
      case 'shared':
        return this.#killAlgorithm(target, plan);
      case 'runner':
      case 'store':
        return this.#killBeside(target, plan);
      case 'thread':
        return this.#endRunners(plan, 'exit');
      case 'child':
        return this.#endRunners(plan, 'kill');
      default:
        return target satisfies never;
    }
  }

  /** The process of the algorithm dies, and another one takes the run up. */
  async #killAlgorithm(target: Target, plan: readonly KillMoment[]): Promise<Child> {
    if (target === 'shared') await this.#scene.startStore();
    if (target === 'main' || target === 'shared') this.#scene.startRunners();
    for (const moment of plan) {
      const child = this.#scene.startRun(armed(moment));
      if (!(await this.#killAt(moment, child, child))) return child;
      await this.#look();
    }
    return this.#scene.startRun();
  }

  /** Somebody dies whom the algorithm's process works with, and another one takes its place. */
  async #killBeside(target: 'runner' | 'store', plan: readonly KillMoment[]): Promise<Child> {
    const startVictim = (failpoint?: string): Promise<Child> | Child =>
      target === 'runner' ? this.#scene.startRunners(failpoint) : this.#scene.startStore(failpoint);
    let victim = await startVictim(armed(plan[0]));
    const child = this.#scene.startRun();
    for (const [index, moment] of plan.entries()) {
      if (!(await this.#killAt(moment, victim, child))) break;
      if (target === 'store') await this.#lookAtStore();
      victim = await startVictim(armed(plan[index + 1]));
    }
    return child;
  }

  /** The process ends whom it has started, as it is asked to or at a failpoint. */
  async #endRunners(plan: readonly KillMoment[], action: 'exit' | 'kill'): Promise<Child> {
    const [failpoint] = plan.filter(({ at }) => at === 'failpoint');
    const child = this.#scene.startRun(armed(failpoint, action));
    if (failpoint !== undefined) {
      await child.ended;
      for (let count = endedAtFailpoint(child); count > 0; count -= 1) this.#note(failpoint);
      return child;
    }
    for (const moment of plan) {
      if (!(await this.#comes(moment, child, child))) break;
      // Before that it does not listen to the signal.
      if (child.errors === '') continue;
      child.signal(END_A_RUNNER);
      this.#note(moment);
    }
    return child;
  }

  /** Kills the victim when the moment has come. @returns `false` if the victim or the run ended before */
  async #killAt(moment: KillMoment, victim: Child, run: Child): Promise<boolean> {
    if (moment.at === 'failpoint') {
      const { signal } = await Promise.race([victim.ended, run.ended]);
      if (signal !== 'SIGKILL') return false;
    } else if (moment.at === 'error') {
      // One that has come to its end in spite of it has nothing left to go on with.
      if ((await victim.ended).code === 0) return false;
    } else if (!(await this.#comes(moment, victim, run))) return false;
    // Also after a failpoint: the others of its group.
    victim.signal('SIGKILL');
    await victim.ended;
    this.#note(moment);
    return true;
  }

  /** Resolves with `true` when the moment has come, and with `false` if one of them has ended before. */
  async #comes(
    moment: Exclude<KillMoment, { at: 'failpoint' }> | KillMoment,
    victim: Child,
    run: Child,
  ): Promise<boolean> {
    if (moment.at === 'progress') {
      while (this.#scene.progress < moment.share * this.#stage.ledgerBytes && !victim.hasEnded && !run.hasEnded) {
        await sleep(LOOK_MS);
      }
    }
    if (moment.at === 'progress' || moment.at === 'time') await sleep(moment.ms);
    return !victim.hasEnded && !run.hasEnded;
  }

  #note(moment: KillMoment): void {
    this.kills.push(showMoment(moment));
    this.#lastKill = performance.now();
  }

  /** Looks at what a process of the algorithm has left. */
  async #look(): Promise<void> {
    const copy = await this.#lookAtStore();
    const modelCalls = await this.#stage.modelCalls();
    const recordedCalls = copy?.recordedCalls ?? 0;
    this.#lives.push({
      modelCalls: modelCalls - this.#callsBefore,
      recordedCalls: recordedCalls - this.#recordedBefore,
    });
    this.#callsBefore = modelCalls;
    this.#recordedBefore = recordedCalls;
    this.#verdicts = copy?.verdicts ?? [];
  }

  async #lookAtStore(): Promise<StoreCopy | undefined> {
    const { storePath, recordsPath, runId } = this.#scene;
    const copy =
      recordsPath === undefined ? await lookAtCopy(storePath, runId) : await this.#lookAtBoth(storePath, recordsPath);
    if (copy !== undefined) this.#sightings.push(copy.sighting);
    return copy;
  }

  /** Rollouts are in a store that goes on, and the records in a file that nobody has open. */
  async #lookAtBoth(storePath: string, recordsPath: string): Promise<StoreCopy | undefined> {
    const rollouts = await lookAtCopy(storePath, undefined, { copy: copyInUse });
    const records = await lookAtCopy(recordsPath, this.#scene.runId);
    return rollouts === undefined || records === undefined ? undefined : { ...records, sighting: rollouts.sighting };
  }

  #judge(output: string, settledMs: number): Violation[] {
    const result = comparableOf(output);
    const { runId } = this.#scene;
    // A run with a store of others keeps none.
    const told =
      runId === undefined ? [] : checkToldEvents(toldEventsIn(this.#scene.journalPath), this.#stage.toldEvents);
    const violations = checkInvariants({
      ledger: parseLedger(readFileSync(this.#scene.ledger, 'utf8')),
      sightings: this.#sightings,
      bestPrompts: this.#watcher.bestPrompts,
      runs: this.#watcher.runs,
      verdicts: this.#verdicts,
      scores: scoresOf(result, this.#sightings.at(-1)!),
      // A run with a store of others records nothing in it.
      ...(runId === undefined ? {} : { lives: this.#lives, mostCallsInFlight: MOST_CALLS_IN_FLIGHT }),
      result,
      undisturbed: this.#stage.undisturbed,
      settled: { ms: settledMs, boundMs: BOUND_MS },
    });
    return [...violations, ...told];
  }
}

/** What arms a process for a kill at a failpoint. */
function armed(moment: KillMoment | undefined, action = 'kill'): string | undefined {
  if (moment?.at === 'error') return `throw ${moment.name} ${moment.nth}`;
  return moment?.at === 'failpoint' ? `${action} ${moment.name} ${moment.nth}` : undefined;
}

/** How many of its threads or processes have ended at a failpoint, as it says. */
function endedAtFailpoint({ errors }: Child): number {
  return errors.split(ENDED_AT_FAILPOINT).length - 1;
}

async function withinBound(child: Child): Promise<Ended> {
  const giveUp = new AbortController();
  const late = sleep(BOUND_MS, undefined, { signal: giveUp.signal }).then(
    () => child.end(),
    () => {
      // It has ended.
    },
  );
  const ended = await child.ended;
  giveUp.abort();
  await late;
  return ended;
}
