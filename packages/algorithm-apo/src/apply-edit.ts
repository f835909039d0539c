import type { AlgorithmContext, PromptTemplate } from '@agentlightning/core';
import type { OptimizerClient } from './optimizer-client.ts';
import type { OptimizerPrompt } from './prompts/optimizer-prompt.ts';
import { repairRequest } from './prompts/repair-request.ts';

/** What a new prompt is made of. */
export interface EditRequest {
  readonly client: OptimizerClient;
  readonly model: string;
  readonly temperature: number;
  readonly editPrompt: OptimizerPrompt;
  /** The prompt to change. */
  readonly prompt: PromptTemplate;
  readonly critique: string;
}

/**
 * Asks the editor for a better prompt. One step, `edit`. Mirrors the second half of upstream
 * `APO.textual_gradient_and_apply_edit` (v0.3.0).
 *
 * @returns the reply as it came
 * @throws LightningError `STEP_FAILED`, `MODEL_UNAVAILABLE` as {@link OptimizerClient.ask}
 */
export async function applyEdit(context: AlgorithmContext<unknown>, request: EditRequest): Promise<string> {
  const { client, model, temperature } = request;
  return await context.step('edit', editInput(request), (step) =>
    client.ask(step, { model, temperature, messages: [{ role: 'user', content: editText(request) }] }),
  );
}

/**
 * Shows the editor what is wrong with its reply and asks for it once more. One step, `repair`.
 *
 * @param reply - what {@link applyEdit} gave for the same request
 * @param problems - a sentence each, at least one
 * @throws LightningError `STEP_FAILED`, `MODEL_UNAVAILABLE` as {@link OptimizerClient.ask}
 */
export async function repairEdit(
  context: AlgorithmContext<unknown>,
  request: EditRequest,
  { reply, problems }: { readonly reply: string; readonly problems: readonly string[] },
): Promise<string> {
  const { client, model, temperature } = request;
  return await context.step('repair', { ...editInput(request), reply, problems }, (step) =>
    client.ask(step, {
      model,
      temperature,
      messages: [
        { role: 'user', content: editText(request) },
        { role: 'assistant', content: reply },
        { role: 'user', content: repairRequest(problems) },
      ],
    }),
  );
}

function editInput({ model, temperature, editPrompt, prompt, critique }: EditRequest) {
  return { model, temperature, editPrompt: editPrompt.id, prompt: prompt.template, critique };
}

function editText({ editPrompt, prompt, critique }: EditRequest): string {
  return editPrompt.template.format({ prompt_template: prompt.template, critique });
}
