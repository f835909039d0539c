/** A step of a search: jobs that need a slot each, made ready together. */
export interface Stage {
  readonly key: string;
  /** Keys of stages that come before it, each listed earlier; none: it starts at 0. */
  readonly after: readonly string[];
  /** Whether it waits for all of `after`, or for the first of them to end. */
  readonly waitsFor: 'all' | 'first';
  /** Milliseconds between that and its jobs, spent without a slot: a critique, an edit. */
  readonly delayMs: number;
  /** Higher goes first; among equals, what was made ready first. */
  readonly priority: number;
  /** How long each of its jobs takes. Without jobs it ends when they would have started. */
  readonly jobsMs: readonly number[];
}

interface Job {
  readonly stage: Stage;
  readonly durationMs: number;
}

/**
 * When the last stage ends if no job ever waits for a slot: the critical path, which nothing can be faster than.
 * @returns milliseconds
 */
export function criticalPathMs(stages: readonly Stage[]): number {
  const ends = new Map<string, number>();
  for (const stage of stages)
    ends.set(stage.key, releaseOf(stage, ends) + stage.delayMs + Math.max(0, ...stage.jobsMs));
  return Math.max(0, ...ends.values());
}

/**
 * When the last stage ends if a free slot always takes the ready job of the highest priority: Graham's greedy list schedule. It can be reached,
 * which a lower bound may not, and is seldom longer than the best one.
 *
 * @param slots - jobs at a time: a positive integer, or `Infinity`
 * @returns milliseconds
 */
export function listScheduleMs(stages: readonly Stage[], slots: number): number {
  const simulation = new Simulation(stages, slots);
  return simulation.run();
}

/** Plays a schedule through, from event to event. */
class Simulation {
  readonly #stages: readonly Stage[];
  readonly #ends = new Map<string, number>();
  readonly #jobsLeft = new Map<string, number>();
  readonly #waiting: Set<Stage>;
  readonly #ready: Job[] = [];
  #events: { readonly timeMs: number; readonly happen: () => void }[] = [];
  #freeSlots: number;
  #nowMs = 0;

  constructor(stages: readonly Stage[], slots: number) {
    this.#stages = stages;
    this.#waiting = new Set(stages);
    this.#freeSlots = slots;
  }

  run(): number {
    this.#release();
    for (let next = this.#nextMs(); next !== undefined; next = this.#nextMs()) {
      this.#nowMs = next;
      // All that happens at one time is known before a slot is given away.
      const due = this.#events.filter(({ timeMs }) => timeMs === next);
      this.#events = this.#events.filter(({ timeMs }) => timeMs !== next);
      for (const { happen } of due) happen();
      if (this.#nextMs() !== next) this.#fillSlots();
    }
    if (this.#ends.size < this.#stages.length) {
      throw new RangeError(
        `Cannot schedule ${[...this.#waiting].map(({ key }) => key).join(', ')}: nothing leads there`,
      );
    }
    return Math.max(0, ...this.#ends.values());
  }

  #nextMs(): number | undefined {
    return this.#events.length === 0 ? undefined : Math.min(...this.#events.map(({ timeMs }) => timeMs));
  }

  #at(timeMs: number, happen: () => void): void {
    this.#events.push({ timeMs, happen });
  }

  /** Starts the stages that wait for nothing any more. */
  #release(): void {
    for (const stage of this.#waiting) {
      const over = stage.after.filter((key) => this.#ends.has(key)).length;
      const isReleased = stage.waitsFor === 'all' || stage.after.length === 0 ? over === stage.after.length : over > 0;
      if (!isReleased) continue;
      this.#waiting.delete(stage);
      this.#at(this.#nowMs + stage.delayMs, () => this.#makeReady(stage));
    }
  }

  #makeReady(stage: Stage): void {
    this.#jobsLeft.set(stage.key, stage.jobsMs.length);
    this.#ready.push(...stage.jobsMs.map((durationMs) => ({ stage, durationMs })));
    // Sorting keeps the order of equals, which is that of becoming ready.
    this.#ready.sort((a, b) => b.stage.priority - a.stage.priority);
    if (stage.jobsMs.length === 0) this.#end(stage);
  }

  #fillSlots(): void {
    while (this.#freeSlots > 0) {
      const job = this.#ready.shift();
      if (job === undefined) return;
      this.#freeSlots -= 1;
      this.#at(this.#nowMs + job.durationMs, () => {
        this.#freeSlots += 1;
        const left = this.#jobsLeft.get(job.stage.key)! - 1;
        this.#jobsLeft.set(job.stage.key, left);
        if (left === 0) this.#end(job.stage);
      });
    }
  }

  #end(stage: Stage): void {
    this.#ends.set(stage.key, this.#nowMs);
    this.#release();
  }
}

/** When a stage is released, from the ends of those before it. */
function releaseOf({ key, after, waitsFor }: Stage, ends: ReadonlyMap<string, number>): number {
  if (after.length === 0) return 0;
  const times = after.map((before) => {
    const end = ends.get(before);
    if (end === undefined)
      throw new RangeError(`Cannot schedule ${key} as it comes after ${before}, which is not listed before it`);
    return end;
  });
  return waitsFor === 'all' ? Math.max(...times) : Math.min(...times);
}
