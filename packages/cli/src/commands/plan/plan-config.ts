import { findConfig, formatRunPlan, loadConfig, Trainer } from '@agentlightning/trainer/config';
import type { PlanAssumptions } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';

/** Prints the plan of the run that a config describes. @returns the exit status */
export async function planConfig(
  [given, ...rest]: readonly [string | undefined, ...string[]],
  { json, assume }: { readonly json: true | undefined; readonly assume: PlanAssumptions },
  context: Pick<CliContext, 'stdout' | 'divertPrints'>,
): Promise<number> {
  if (rest.length > 0) throw new CliError(`A config has no arguments, and there are some: ${rest.join(' ')}`);
  context.divertPrints();
  const config = await loadConfig(findConfig(given));
  try {
    const { trainerOptions, agent, trainDataset, fitOptions } = config;
    const plan = new Trainer(trainerOptions).plan(agent, trainDataset, { ...assume, ...fitOptions });
    context.stdout.write(json ? `${JSON.stringify(plan)}\n` : formatRunPlan(plan));
    return EXIT_CODES.done;
  } finally {
    await config.close();
  }
}
