import { z } from 'zod';
import { LightningError } from '../errors/lightning-error.ts';
import { LLM, type LLMWire, llmToWire } from './llm.ts';
import { PromptTemplate, type PromptTemplateWire, TEMPLATE_ENGINES } from './prompt-template.ts';
import { ProxyLLM } from './proxy-llm.ts';

/** What a rollout is run with: a prompt or a model endpoint. A closed set, as on upstream's wire. */
export type Resource = PromptTemplate | LLM | ProxyLLM;

/** Resources by the name under which agents ask for them. */
export type NamedResources = Readonly<Record<string, Resource>>;

/** A {@link Resource} as JSON: snake_case keys, told apart by `resource_type`. */
export type ResourceWire = PromptTemplateWire | LLMWire | LLMWire<'proxy_llm'>;

/** {@link NamedResources} as JSON. */
export type NamedResourcesWire = Readonly<Record<string, ResourceWire>>;

const llmWireFields = {
  endpoint: z.string(),
  model: z.string(),
  api_key: z.string().nullable().default(null),
  sampling_parameters: z.record(z.string(), z.unknown()).default({}),
};

/** Schema of a resource on the wire: unknown keys are dropped, `api_key` is `null` and `sampling_parameters` `{}` when absent. */
export const resourceWireSchema = z.discriminatedUnion('resource_type', [
  z.object({
    resource_type: z.literal('prompt_template'),
    template: z.string(),
    engine: z.enum(TEMPLATE_ENGINES),
  }),
  z.object({ resource_type: z.literal('llm'), ...llmWireFields }),
  z.object({ resource_type: z.literal('proxy_llm'), ...llmWireFields }),
]);

/** Schema of a snapshot's resources on the wire: name → {@link resourceWireSchema}. */
export const namedResourcesWireSchema = z.record(z.string(), resourceWireSchema);

/** Whether a value is a prompt. By `resourceType`, so that copies of this package and of the object count too. */
export function isPromptTemplate(value: unknown): value is PromptTemplate {
  return resourceTypeOf(value) === 'prompt_template';
}

/** Whether a value is a plain model endpoint; by `resourceType`. */
export function isLLM(value: unknown): value is LLM {
  return resourceTypeOf(value) === 'llm';
}

/** Whether a value is a model endpoint behind a proxy; by `resourceType`. */
export function isProxyLLM(value: unknown): value is ProxyLLM {
  return resourceTypeOf(value) === 'proxy_llm';
}

/** Whether a value is any resource; by `resourceType`. */
export function isResource(value: unknown): value is Resource {
  return isPromptTemplate(value) || isLLM(value) || isProxyLLM(value);
}

/** Whether a value is an object whose every property is a resource. */
export function isNamedResources(value: unknown): value is NamedResources {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isResource);
}

function resourceTypeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'resourceType' in value ? value.resourceType : undefined;
}

/**
 * Reads a resource from its wire form.
 *
 * @throws LightningError `INVALID_ARGUMENT`. `details.type` is `union_tag_not_found` without a `resource_type`, `union_tag_invalid` for an unknown one (the names
 * that upstream's server gives to the two), and otherwise `invalid`; `details.path` leads to the value.
 */
export function parseResource(json: unknown): Resource {
  return parseResourceAt(json, []);
}

/** Reads a snapshot's resources from their wire form. @throws LightningError as {@link parseResource}, the path beginning with the name. */
export function parseNamedResources(json: unknown): NamedResources {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidResource('invalid', [], 'resources must be an object of named resources');
  }
  return Object.freeze(
    Object.fromEntries(Object.entries(json).map(([name, resource]) => [name, parseResourceAt(resource, [name])])),
  );
}

/** The wire form of a resource, API key included. Works by `resourceType`, so on copies too. */
export function resourceToWire(resource: Resource): ResourceWire {
  switch (resource.resourceType) {
    case 'prompt_template':
      return { resource_type: resource.resourceType, template: resource.template, engine: resource.engine };
    case 'llm':
      return llmToWire(resource);
    case 'proxy_llm':
      return llmToWire(resource);
    default:
      return resource satisfies never;
  }
}

/** The wire form of a snapshot's resources, under the same names. */
export function namedResourcesToWire(resources: NamedResources): NamedResourcesWire {
  return Object.fromEntries(Object.entries(resources).map(([name, resource]) => [name, resourceToWire(resource)]));
}

const RESOURCE_TYPES = ['prompt_template', 'llm', 'proxy_llm'];

function parseResourceAt(json: unknown, path: readonly PropertyKey[]): Resource {
  if (typeof json !== 'object' || json === null) throw invalidResource('invalid', path, 'it must be an object');
  const type: unknown = 'resource_type' in json ? json.resource_type : undefined;
  if (type === undefined) throw invalidResource('union_tag_not_found', path, "it has no 'resource_type'");
  if (typeof type !== 'string' || !RESOURCE_TYPES.includes(type)) {
    const known = RESOURCE_TYPES.map((name) => `'${name}'`).join(', ');
    throw invalidResource('union_tag_invalid', path, `its 'resource_type' must be one of ${known}`);
  }
  const result = resourceWireSchema.safeParse(json);
  if (result.success) return fromWire(result.data);
  const issue = result.error.issues[0]!;
  throw invalidResource('invalid', [...path, ...issue.path], issue.message);
}

function invalidResource(type: string, path: readonly PropertyKey[], problem: string): LightningError {
  const at = path.map(String);
  const where = at.length === 0 ? '' : ` at '${at.join('.')}'`;
  return new LightningError('INVALID_ARGUMENT', `Cannot read the resource${where}: ${problem}`, {
    details: { type, path: at },
  });
}

function fromWire(wire: z.infer<typeof resourceWireSchema>): Resource {
  if (wire.resource_type === 'prompt_template') return new PromptTemplate(wire);
  const { endpoint, model, api_key: apiKey, sampling_parameters: samplingParameters } = wire;
  const options = { endpoint, model, apiKey, samplingParameters };
  return wire.resource_type === 'llm' ? new LLM(options) : new ProxyLLM(options);
}
