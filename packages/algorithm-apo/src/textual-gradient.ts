import type { AlgorithmContext, PromptTemplate, TaskOutcome, TraceAdapter } from '@agentlightning/core';
import { type Conversation, renderExperiments } from './experiments.ts';
import type { OptimizerClient, OptimizerMessage } from './optimizer-client.ts';
import type { OptimizerPrompt } from './prompts/optimizer-prompt.ts';

/** What a critique is made of. */
export interface GradientRequest<TTask> {
  readonly client: OptimizerClient;
  readonly model: string;
  readonly temperature: number;
  readonly gradientPrompt: OptimizerPrompt;
  /** The prompt to criticise. */
  readonly prompt: PromptTemplate;
  /** Rollouts made with it, in the order in which the critic is to see them. */
  readonly outcomes: readonly TaskOutcome<TTask>[];
  readonly adapter: TraceAdapter<readonly Conversation[]>;
  readonly maxExperimentCharacters: number;
}

/**
 * Asks the critic what is wrong with a prompt, going by rollouts made with it. One step, `critique`.
 * Mirrors upstream `APO.compute_textual_gradient` (v0.3.0).
 *
 * @throws LightningError `STEP_FAILED`, `MODEL_UNAVAILABLE` as {@link OptimizerClient.ask}
 */
export async function computeTextualGradient<TTask>(
  context: AlgorithmContext<TTask>,
  request: GradientRequest<TTask>,
): Promise<string> {
  const { client, model, temperature, gradientPrompt, prompt, outcomes, adapter, maxExperimentCharacters } = request;
  const input = {
    model,
    temperature,
    gradientPrompt: gradientPrompt.id,
    prompt: prompt.template,
    // By reference: late spans change a trace, and the hash of what was asked must not change with it.
    experiments: outcomes.map(({ rolloutId, attemptId }) => [rolloutId, attemptId]),
    maxExperimentCharacters,
  };
  return await context.step('critique', input, async (step) => {
    const experiments = await renderExperiments(outcomes, {
      adapter,
      maxCharacters: maxExperimentCharacters,
      showsOperations: gradientPrompt.showsOperations,
    });
    const content = gradientPrompt.template.format({ prompt_template: prompt.template, experiments });
    const messages: OptimizerMessage[] = [{ role: 'user', content }];
    return await client.ask(step, { model, temperature, messages });
  });
}
