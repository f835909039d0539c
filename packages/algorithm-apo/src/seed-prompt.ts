import { isPromptTemplate, LightningError, type NamedResources, type PromptTemplate } from '@agentlightning/core';

/** The prompt to optimise, and the resource it is. */
export interface SeedPrompt {
  readonly name: string;
  readonly prompt: PromptTemplate;
}

/** How the seed is found. */
export interface SeedOptions {
  /** Name of the resource. Default: the only prompt template. */
  readonly target: string | undefined;
  /** With several prompt templates and no target, the first one is taken, and its template may be damaged. */
  readonly isUpstream: boolean;
}

/**
 * Finds the prompt to optimise. Mirrors upstream `APO.get_seed_prompt_template` (v0.3.0).
 * @throws LightningError `RESOURCES_INVALID` naming the prompt templates there are
 */
export function findSeed(resources: NamedResources, { target, isUpstream }: SeedOptions): SeedPrompt {
  const prompts = promptsIn(resources);
  const names = prompts.map(({ name }) => name);
  const seed = target === undefined ? prompts[0] : prompts.find(({ name }) => name === target);
  if (target !== undefined && seed === undefined) {
    throw invalid(
      `there is no PromptTemplate named '${target}' among the initial resources: there is ${list(names)}`,
      names,
    );
  }
  if (seed === undefined) {
    throw invalid(
      'the initial resources have no PromptTemplate: add one, as in { prompt_template: new PromptTemplate({ template }) }',
      names,
    );
  }
  if (target === undefined && prompts.length > 1 && !isUpstream) {
    throw invalid(
      `the initial resources have several PromptTemplates, ${list(names)}: name one with the option 'target'`,
      names,
    );
  }
  const damage = isUpstream || seed.prompt.engine === 'poml' ? [] : seed.prompt.check();
  if (damage.length > 0) throw invalid(`the PromptTemplate '${seed.name}' is damaged: ${damage[0]!.message}`, names);
  return seed;
}

/** Prompt templates by name, in the order of the resources. */
export function promptsIn(resources: NamedResources): SeedPrompt[] {
  return Object.entries(resources).flatMap(([name, resource]) =>
    isPromptTemplate(resource) ? [{ name, prompt: resource }] : [],
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

function invalid(reason: string, promptTemplates: readonly string[]): LightningError {
  return new LightningError('RESOURCES_INVALID', `Cannot run APO as ${reason}`, { details: { promptTemplates } });
}
