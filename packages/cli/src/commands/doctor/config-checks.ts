import { isLightningError } from '@agentlightning/core';
import { findConfig, type LoadedConfig, loadConfig, Trainer } from '@agentlightning/trainer/config';
import { type CheckResult, failed, ok, skipped } from './check-result.ts';

/** That there is a config, and that it can be loaded. */
export async function checkConfig(
  given: string | undefined,
): Promise<{ readonly result: CheckResult; readonly config: LoadedConfig } | { readonly result: CheckResult }> {
  try {
    const config = await loadConfig(findConfig(given));
    const { algorithm, label } = config.trainerOptions;
    const labelled = label === undefined ? '' : ` (${label})`;
    return { config, result: ok('config', `${config.shown} has ${algorithm?.name ?? 'an algorithm'}${labelled}`) };
  } catch (error) {
    if (!isLightningError(error)) throw error;
    if (given === undefined && error.details['reason'] === 'none') {
      return { result: skipped('config', 'There is none here: only the machine was looked at. agl init writes one') };
    }
    return { result: failed('config', error.message, 'Correct it: docs/guides/config-file.md says what it may have') };
  }
}

/** That there are the tasks and the resources that the algorithm needs. */
export function checkData({ trainerOptions, agent, trainDataset, fitOptions }: LoadedConfig): CheckResult {
  try {
    // It looks at the datasets as fit() does, and runs nothing.
    new Trainer(trainerOptions).plan(agent, trainDataset, fitOptions);
    trainerOptions.algorithm?.checkResources?.(trainerOptions.initialResources ?? {});
  } catch (error) {
    if (!isLightningError(error)) throw error;
    return failed(
      'datasets',
      error.message,
      `Add what is missing to the config: docs/errors.md explains ${error.code}`,
    );
  }
  const sizes = { training: trainDataset, validation: fitOptions.valDataset, test: fitOptions.testDataset };
  const parts = Object.entries(sizes).map(([name, rows]) => `${rows?.length ?? 0} ${name}`);
  return ok('datasets', `${parts.join(', ')} tasks`);
}
