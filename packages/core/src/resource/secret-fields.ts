import type { LLMWire } from './llm.ts';
import type { NamedResources, ResourceWire } from './resource.ts';
import { resourceToWire } from './resource.ts';

/** What stands where a secret was, except for `api_key`, which becomes `null`. */
const MASK = '***';

/** Names of parameters, headers and URL parameters whose values are secrets. `max_tokens` and `prompt_cache_key` are none. */
const SECRET_NAME =
  /api[-_]?key|authorization|cookie|passw(or)?d|secret|credential|(access|auth|bearer|refresh|session)[-_]?token|^(token|sig|key)$/i;

/** A model endpoint in two parts. */
export interface MaskedLLM<TWire> {
  /** Without its secrets: `api_key` is `null`, others are `***`. The resource itself if it holds none. */
  readonly masked: TWire;
  /** The secrets, each once, also as it is seen after it was decoded. */
  readonly secrets: readonly string[];
}

/**
 * Takes the secrets out of a model endpoint: its key, what is before the `@` of its URL, and texts in its sampling parameters and the query of its
 * URL that are named like secrets (`authorization`, `api-key`, `password`).
 */
export function maskLLM<TWire extends LLMWire<'llm' | 'proxy_llm'>>(wire: TWire): MaskedLLM<TWire> {
  const secrets = new Set<string>();
  if (wire.api_key !== null) secrets.add(wire.api_key);
  const endpoint = maskUrl(wire.endpoint, secrets);
  const parameters = maskValue(wire.sampling_parameters, false, secrets) as LLMWire['sampling_parameters'];
  if (secrets.size === 0) return { masked: wire, secrets: [] };
  return { masked: { ...wire, endpoint, api_key: null, sampling_parameters: parameters }, secrets: [...secrets] };
}

/** The secrets in resources, see {@link maskLLM}: what must be seen in no log, span or file. */
export function secretsOf(resources: NamedResources): string[] {
  return Object.values(resources).flatMap((resource) => {
    const wire: ResourceWire = resourceToWire(resource);
    return wire.resource_type === 'prompt_template' ? [] : maskLLM(wire).secrets;
  });
}

function maskUrl(text: string, secrets: Set<string>): string {
  const url = URL.parse(text);
  if (url === null) return text;
  const known = secrets.size;
  // Of `https://token@host` the name is the secret; of `https://name:password@host` it is not.
  if (url.password !== '') {
    addDecoded(url.password, secrets);
    url.password = MASK;
  } else if (url.username !== '') {
    addDecoded(url.username, secrets);
    url.username = MASK;
  }
  for (const [name, value] of [...url.searchParams]) {
    if (!SECRET_NAME.test(name) || value === '') continue;
    secrets.add(value).add(encodeURIComponent(value));
    url.searchParams.set(name, MASK);
  }
  return secrets.size === known ? text : url.href;
}

function addDecoded(encoded: string, secrets: Set<string>): void {
  secrets.add(encoded);
  try {
    secrets.add(decodeURIComponent(encoded));
  } catch {
    // A percent sign that encodes nothing: it is as it looks.
  }
}

function maskValue(value: unknown, isSecret: boolean, secrets: Set<string>): unknown {
  if (typeof value === 'string') {
    if (!isSecret || value === '') return value;
    // Of a header the scheme is no secret, and the credentials may be seen without it.
    secrets.add(value.replace(/^(bearer|basic|token)\s+/i, ''));
    return MASK;
  }
  if (Array.isArray(value)) return value.map((item) => maskValue(item, isSecret, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, maskValue(item, isSecret || SECRET_NAME.test(name), secrets)]),
  );
}
