import type { RolloutMode } from '@agentlightning/core';

/** Finds the rows of a run's datasets that tasks are taken from, by what is in them. */
export class DatasetRows {
  readonly #datasets: Readonly<Partial<Record<RolloutMode, ArrayLike<unknown>>>>;
  readonly #rowsByText = new Map<RolloutMode, Map<string, number>>();

  constructor(datasets: Readonly<Partial<Record<RolloutMode, ArrayLike<unknown>>>>) {
    this.#datasets = datasets;
  }

  /** Of each task the row in the dataset of this mode, the first one of several that are equal; `null` for a task that is not in it. */
  of(mode: RolloutMode, tasks: readonly unknown[]): (number | null)[] {
    const rows = this.#rowsOf(mode);
    return tasks.map((task) => rows.get(JSON.stringify(task)) ?? null);
  }

  /** How many rows the dataset of this mode has; 0 without one. */
  sizeOf(mode: RolloutMode): number {
    return this.#datasets[mode]?.length ?? 0;
  }

  #rowsOf(mode: RolloutMode): ReadonlyMap<string, number> {
    const known = this.#rowsByText.get(mode);
    if (known !== undefined) return known;
    const rows = new Map<string, number>();
    Array.from(this.#datasets[mode] ?? []).forEach((task, row) => {
      const text = JSON.stringify(task);
      if (!rows.has(text)) rows.set(text, row);
    });
    this.#rowsByText.set(mode, rows);
    return rows;
  }
}
