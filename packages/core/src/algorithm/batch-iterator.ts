import { checkNumberOption } from '../options/check-options.ts';
import type { Rng } from './algorithm-context.ts';
import type { Dataset } from './dataset.ts';

/**
 * Draws batches from a dataset without end, reshuffling it for every pass. Each item comes at most once per pass. A batch as large as the dataset, or larger,
 * is the whole dataset, shuffled. A smaller one that is not full at the end of a pass is filled from the next, and holds no item twice.
 *
 * Nothing is drawn from `rng` before a batch is asked for. Mirrors upstream `batch_iter_over_dataset` (v0.3.0).
 *
 * @param batchSize - 1 or more
 * @throws RangeError for another batch size, or an empty dataset
 */
export function batchIterator<T>(dataset: Dataset<T>, batchSize: number, rng: Rng): Generator<T[], never> {
  checkNumberOption('Cannot draw batches', 'batchSize', batchSize, { integer: true, min: 1 });
  if (dataset.length === 0) throw new RangeError('Cannot draw batches as the dataset is empty');
  const indices = Array.from({ length: dataset.length }, (_, index) => index);
  const drawn = batchSize >= dataset.length ? wholePasses(indices, rng) : partialBatches(indices, batchSize, rng);
  return mapToItems(drawn, dataset);
}

function* wholePasses(indices: readonly number[], rng: Rng): Generator<number[], never> {
  for (;;) yield rng.shuffle(indices);
}

function* partialBatches(indices: readonly number[], batchSize: number, rng: Rng): Generator<number[], never> {
  let batch = new Set<number>();
  for (;;) {
    for (const index of rng.shuffle(indices)) {
      batch.add(index);
      if (batch.size < batchSize) continue;
      yield [...batch];
      batch = new Set();
    }
  }
}

function* mapToItems<T>(batches: Generator<number[], never>, dataset: Dataset<T>): Generator<T[], never> {
  for (;;) yield batches.next().value.map((index) => dataset[index]!);
}
