import { refuseUnknownOptions } from '../options/check-options.ts';
import { type CompiledTemplate, givenNames } from './compiled-template.ts';
import { FString } from './f-string.ts';
import { JinjaTemplate } from './jinja.ts';
import { placeholdersOf } from './placeholders.ts';
import {
  missingVariableError,
  TemplateError,
  type TemplateErrorFields,
  type TemplateErrorReason,
} from './template-error.ts';

/** Template languages a prompt can be written in: Python's `str.format`, Jinja, and POML, which is stored and passed through. */
export const TEMPLATE_ENGINES = ['f-string', 'jinja', 'poml'] as const;

/** One of {@link TEMPLATE_ENGINES}. */
export type TemplateEngine = (typeof TEMPLATE_ENGINES)[number];

/** What {@link PromptTemplate} is made from. */
export interface PromptTemplateOptions {
  /** The text with its placeholders. A damaged one is accepted: a stored prompt must be loadable to be looked at. */
  readonly template: string;
  /** Default `'f-string'`. (Upstream has no default.) */
  readonly engine?: TemplateEngine;
}

/** One reason why a template cannot be rendered, as data. The fields are those of {@link TemplateError}. */
export interface TemplateProblem extends TemplateErrorFields {
  readonly reason: TemplateErrorReason;
  /** For people; names variables, never their values. */
  readonly message: string;
}

/** The wire form of a {@link PromptTemplate}. */
export interface PromptTemplateWire {
  readonly resource_type: 'prompt_template';
  readonly template: string;
  readonly engine: TemplateEngine;
}

/**
 * A prompt with placeholders, the resource that prompt optimisation searches over. Immutable. Mirrors upstream `PromptTemplate` (v0.3.0),
 * which formats `f-string` only.
 *
 * @example
 * ```ts
 * const prompt = new PromptTemplate({ template: 'Find a room on {date} for {n:d} people' });
 * prompt.format({ date: '2026-01-12', n: 4 }); // 'Find a room on 2026-01-12 for 4 people'
 * ```
 */
export class PromptTemplate {
  /** Tells resources apart, also after they crossed a thread or the wire. */
  readonly resourceType = 'prompt_template';
  readonly template: string;
  readonly engine: TemplateEngine;
  #compiled: CompiledTemplate | undefined;

  /** @throws TypeError for a template that is not a string, or an unknown engine. */
  constructor(options: PromptTemplateOptions) {
    // Another template will do as well, and its JSON.
    refuseUnknownOptions('Cannot create the prompt template', options, [
      'template',
      'engine',
      'resourceType',
      'resource_type',
    ]);
    const { template, engine = 'f-string' } = options;
    if (typeof template !== 'string') {
      throw new TypeError(
        `Cannot create the prompt template as 'template' must be a string: current value is ${kindOf(template)}`,
      );
    }
    if (!TEMPLATE_ENGINES.includes(engine)) {
      const names = TEMPLATE_ENGINES.map((name) => `'${name}'`).join(', ');
      throw new TypeError(
        `Cannot create the prompt template as 'engine' must be one of ${names}: current value is ${String(engine)}`,
      );
    }
    this.template = template;
    this.engine = engine;
    Object.freeze(this);
  }

  /**
   * Writes the prompt with these variables. Further variables are ignored; one that is `undefined` counts as not given.
   *
   * `f-string` writes what Python's `str.format` does: null is `None`, arrays and objects look like lists and dicts, and a number without a
   * fraction is an int (JavaScript cannot tell 1.0 from 1). `{a.b}` and `{a[b]}` look up own properties only; nothing is ever called. `jinja` asks for every variable
   * that the template reads and does not itself guard by `is defined` or `default`, and renders within a bound of time and memory.
   *
   * @throws TemplateError whose `reason` says why: a missing variable (with the available names, and the one probably meant), a damaged template, a
   * value that does not fit, a limit, or `unsupported-engine` for `poml`, which is stored and passed through for the agent to render.
   */
  format(variables: Readonly<Record<string, unknown>> = {}): string {
    return this.#compile().format(asVariables(variables));
  }

  /**
   * Top-level names that the template reads, in order of first appearance. Never throws: a damaged template gives the names
   * up to the damage, and `poml` none. What the scan of Jinja cannot see is told at `scanJinjaNames()`.
   */
  placeholders(): string[] {
    return placeholdersOf(this);
  }

  /**
   * What stands in the way of {@link format}, without throwing. Without variables: what is wrong whatever they are. With variables: also
   * every missing one, and if none is, what a trial run meets; then the list is empty exactly if `format(variables)` succeeds.
   */
  check(variables?: Readonly<Record<string, unknown>>): TemplateProblem[] {
    try {
      const compiled = this.#compile();
      if (variables === undefined) return [];
      const given = givenNames(asVariables(variables));
      const missing = compiled.required.filter((name) => !given.includes(name));
      if (missing.length > 0) return missing.map((name) => toProblem(missingVariableError(name, given)));
      compiled.format(variables);
      return [];
    } catch (error) {
      if (error instanceof TemplateError) return [toProblem(error)];
      throw error;
    }
  }

  /** The wire form, as upstream's JSON. */
  toJSON(): PromptTemplateWire {
    return { resource_type: this.resourceType, template: this.template, engine: this.engine };
  }

  #compile(): CompiledTemplate {
    this.#compiled ??= compile(this.template, this.engine);
    return this.#compiled;
  }
}

function compile(template: string, engine: TemplateEngine): CompiledTemplate {
  switch (engine) {
    case 'f-string':
      return new FString(template);
    case 'jinja':
      return new JinjaTemplate(template);
    case 'poml':
      throw new TemplateError(
        'unsupported-engine',
        "Cannot format the prompt template as its engine is 'poml', which is stored and passed through: render it in the agent",
      );
  }
}

function asVariables(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (typeof variables === 'object' && variables !== null && !Array.isArray(variables)) return variables;
  throw new TypeError(
    `Cannot format the prompt template as 'variables' must be an object of named values: current value is ${kindOf(variables)}`,
  );
}

function toProblem({ reason, message, variable, available, suggestion, offset }: TemplateError): TemplateProblem {
  return {
    reason,
    message,
    ...(variable === undefined ? {} : { variable }),
    ...(available === undefined ? {} : { available }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(offset === undefined ? {} : { offset }),
  };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
