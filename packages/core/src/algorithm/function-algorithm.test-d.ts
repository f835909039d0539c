import { describe, expectTypeOf, it } from 'vitest';
import type { AlgorithmContext } from './algorithm-context.ts';
import { algorithm, type FunctionAlgorithm } from './function-algorithm.ts';

interface Task {
  readonly question: string;
}

describe('algorithm()', () => {
  it('takes the types of tasks and result from the function', () => {
    const made = algorithm(async (context: AlgorithmContext<Task>) => ({
      first: context.trainDataset[0]!.question,
      score: 1,
    }));
    expectTypeOf(made).toEqualTypeOf<FunctionAlgorithm<Task, { first: string; score: number }>>();
    expectTypeOf(made.result).toEqualTypeOf<{ first: string; score: number } | undefined>();
    expectTypeOf(algorithm(async () => {})).toEqualTypeOf<FunctionAlgorithm<unknown, void>>();
  });

  it('gives the store only to a function that is not durable', () => {
    algorithm<Task, void>(async (context) => void (await context.store.queryRollouts()), { durable: false });
    // @ts-expect-error a durable algorithm has no store
    algorithm<Task, void>(async (context) => void (await context.store.queryRollouts()));
  });

  it('refuses results that are not JSON', () => {
    // @ts-expect-error a Date does not survive JSON
    algorithm(async () => ({ at: new Date() }));
    // @ts-expect-error neither does a Map
    algorithm(async () => new Map<string, number>());
  });
});
