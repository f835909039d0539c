import { placeholdersOf } from '@agentlightning/core/placeholders';
import type { ResourceWire } from '../store/records.ts';

/** A resource as the page shows it. */
export type ShownResource =
  | {
      readonly kind: 'prompt';
      readonly template: string;
      readonly engine: string;
      readonly placeholders: readonly string[];
    }
  | {
      readonly kind: 'model';
      readonly isProxied: boolean;
      readonly model: string;
      readonly endpoint: string;
      readonly samplingParameters: unknown;
    }
  /** Of a kind that this page does not know: whatever it says, without what is named like a key. */
  | { readonly kind: 'other'; readonly type: string; readonly content: unknown };

const ENGINES = ['f-string', 'jinja', 'poml'] as const;

/** What names a secret. The server has taken those out that it knows; of a resource of another kind nothing else is known. */
const SECRET_NAME = /key|token|secret|password|credential|authorization|cookie/i;

/** Reads a resource. Its key is never shown, whatever it is. */
export function readResource(resource: ResourceWire): ShownResource {
  const { resource_type: type, template, engine, model, endpoint, sampling_parameters: parameters } = resource;
  if (type === 'prompt_template' && typeof template === 'string') {
    const known = ENGINES.find((name) => name === engine);
    return {
      kind: 'prompt',
      template,
      engine: String(engine),
      placeholders: known === undefined ? [] : placeholdersOf({ template, engine: known }),
    };
  }
  if (type === 'llm' || type === 'proxy_llm') {
    return {
      kind: 'model',
      isProxied: type === 'proxy_llm',
      model: String(model),
      endpoint: withoutUser(String(endpoint)),
      samplingParameters: withoutSecrets(parameters),
    };
  }
  return { kind: 'other', type: typeof type === 'string' ? type : 'unknown', content: withoutSecrets(resource) };
}

/** A resource as one text, to be compared with others. */
export function textOfResource(shown: ShownResource): string {
  if (shown.kind === 'prompt') return shown.template;
  if (shown.kind === 'other') return JSON.stringify(shown.content, undefined, 2);
  const { model, endpoint, samplingParameters } = shown;
  return JSON.stringify({ model, endpoint, sampling_parameters: samplingParameters }, undefined, 2);
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      if (typeof item === 'string' && SECRET_NAME.test(name)) return name === 'api_key' ? [] : [[name, '***']];
      return name === 'api_key' ? [] : [[name, withoutSecrets(item)]];
    }),
  );
}

/** The server has done it too; a name before the `@` of an address is never for others' eyes. */
function withoutUser(endpoint: string): string {
  return endpoint.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1***@');
}
