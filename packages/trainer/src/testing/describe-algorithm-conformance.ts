import { describe, it } from 'vitest';
import { algorithmChecks } from './algorithm-checks.ts';
import type { AlgorithmTrial } from './algorithm-trial.ts';

/**
 * The rules of durable algorithms, as vitest tests: an algorithm that passes them comes to the same result however often it is killed and
 * resumed, and whatever runs beside what. Call it from a test file.
 *
 * Kills are of the algorithm's process, at the moments at which something is recorded; store and records stay.
 *
 * @example
 * ```ts
 * describeAlgorithmConformance('MySearch', {
 *   create: () => new MySearch(),
 *   agent: (task, { prompt }) => score(task, prompt),
 *   initialResources: { prompt: new PromptTemplate({ template: 'Answer {question}' }) },
 *   trainDataset: tasks,
 * });
 * ```
 */
export function describeAlgorithmConformance<TTask>(name: string, trial: AlgorithmTrial<TTask>): void {
  describe(`${name} is a durable algorithm: it`, () => {
    for (const check of algorithmChecks(trial)) it(check.name, check.run);
  });
}
