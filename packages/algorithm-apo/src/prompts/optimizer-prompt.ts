import { PromptTemplate, type TemplateEngine } from '@agentlightning/core';
import { contentHash } from '../content-hash.ts';

/** What a critic is asked with: `{prompt_template}`, the prompt under test, and `{experiments}`, the rollouts it made. */
export const GRADIENT_VARIABLES = ['prompt_template', 'experiments'] as const;

/** What an editor is asked with: `{prompt_template}`, the prompt to change, and `{critique}`. */
export const EDIT_VARIABLES = ['prompt_template', 'critique'] as const;

/** A text that the optimiser's model is asked with, sent as one user message. */
export interface OptimizerPrompt {
  /** Shown in the history: the name of a built-in text, or the file it came from. */
  readonly name: string;
  /** Names this wording: the name and a hash of the text. A step's record is bound to it. */
  readonly id: string;
  readonly template: PromptTemplate;
  /** Whether experiments are shown with what the agent did between its model calls. Only the detailed critic asks for it. */
  readonly showsOperations: boolean;
}

/** Makes an {@link OptimizerPrompt} of a text. */
export function optimizerPrompt(
  name: string,
  text: string,
  { engine = 'f-string', showsOperations = false }: { engine?: TemplateEngine; showsOperations?: boolean } = {},
): OptimizerPrompt {
  return {
    name,
    id: `${name}#${contentHash(text)}`,
    template: new PromptTemplate({ template: text, engine }),
    showsOperations,
  };
}
