/** The text of one prompt. */
export interface PromptTextByName {
  /** The name of the resource. */
  readonly name: string;
  readonly template: string;
  /** `f-string`, `jinja` or `poml`. */
  readonly engine: string;
}

/** The prompts among resources, as objects or as on the wire; other resources are left out. */
export function promptTextsOf(resources: Readonly<Record<string, unknown>>): readonly PromptTextByName[] {
  return Object.entries(resources).flatMap(([name, resource]) => {
    const { template, engine } = Object(resource) as Record<string, unknown>;
    return typeof template === 'string' && typeof engine === 'string' ? [{ name, template, engine }] : [];
  });
}
