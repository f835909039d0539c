import { LightningError, type ModelCallOptions } from '@agentlightning/core';
import { type ClientOptions, OpenAI } from 'openai';

/** What can be sent to another thread to make an equal client there. It holds the key: never log it, never store it. */
export interface PlainClientOptions {
  readonly baseURL: string;
  readonly apiKey: string | null;
  readonly organization: string | null;
  readonly project: string | null;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly defaultHeaders?: Readonly<Record<string, string | null>>;
  readonly defaultQuery?: Readonly<Record<string, string | undefined>>;
}

/** A client as it is, or made of its options. */
export function modelClient(client: OpenAI | ClientOptions): OpenAI {
  if (typeof client !== 'object' || client === null) {
    throw new TypeError(
      `Cannot create APO as 'client' must be an OpenAI client or its options: current value is ${String(client)}`,
    );
  }
  return isClient(client) ? client : new OpenAI(client);
}

/** Another copy of the `openai` package makes clients that `instanceof` does not know. */
function isClient(client: OpenAI | ClientOptions): client is OpenAI {
  return client instanceof OpenAI || 'chat' in client;
}

/** Options of a client that live in this thread only, or need a secret store of their own. */
const UNSENDABLE_OPTIONS = [
  'fetchOptions',
  'workloadIdentity',
  'x509Transport',
  'credential',
  'provider',
  'adminAPIKey',
] as const;

/**
 * The options of a client, to rebuild it in another thread. Its logger stays behind.
 * @throws LightningError `SOURCE_NOT_LOADABLE` when the client has options that cannot be sent
 */
export function plainClientOptions(client: OpenAI): PlainClientOptions {
  // Protected, and the only place where the client keeps its default headers and whether its key is a function.
  const options: ClientOptions = client['_options'];
  const unsendable: string[] = UNSENDABLE_OPTIONS.filter((name) => options[name] != null);
  // A client derived with `withOptions()` names the fetch it would use anyway.
  if (options.fetch !== undefined && options.fetch !== globalThis.fetch) unsendable.push('fetch');
  if (typeof options.apiKey === 'function') unsendable.push('apiKey (a function)');
  if (client.constructor.name !== 'OpenAI') unsendable.push(`the class ${client.constructor.name}`);
  if (unsendable.length > 0) throw notSendable(unsendable);
  const { defaultQuery } = options;
  const defaultHeaders = plainHeaders(options.defaultHeaders);
  return {
    baseURL: client.baseURL,
    apiKey: client.apiKey,
    organization: client.organization,
    project: client.project,
    timeout: client.timeout,
    maxRetries: client.maxRetries,
    ...(defaultHeaders === undefined ? {} : { defaultHeaders }),
    ...(defaultQuery === undefined ? {} : { defaultQuery }),
  };
}

/** What the client waits and tries when it is not told: ten minutes, and twice. */
const CLIENT_DEFAULTS = { timeout: 600_000, maxRetries: 2 };

/**
 * How long and how often a call may be tried, as far as the client was told something else than its defaults. The run does what it says; the client itself
 * makes one try.
 */
export function callSettings({ timeout, maxRetries }: OpenAI): Pick<ModelCallOptions, 'timeoutSeconds' | 'maxRetries'> {
  return {
    ...(timeout === CLIENT_DEFAULTS.timeout ? {} : { timeoutSeconds: timeout / 1000 }),
    ...(maxRetries === CLIENT_DEFAULTS.maxRetries ? {} : { maxRetries }),
  };
}

/** What a client sends that nobody may see: its key, and values of its headers. */
export function secretsOfClient(client: OpenAI): string[] {
  const headers = plainHeaders((client['_options'] as ClientOptions | undefined)?.defaultHeaders) ?? {};
  const values = Object.entries(headers).flatMap(([name, value]) =>
    /authorization|key|token|secret|cookie/i.test(name) && value !== null
      ? [value, value.replace(/^(?:Bearer|Basic)\s+/i, '')]
      : [],
  );
  return [client.apiKey, ...values].filter((secret): secret is string => typeof secret === 'string' && secret !== '');
}

/** Headers in each form that the client takes: `Headers`, pairs, a record, or its own merged form. */
function plainHeaders(headers: ClientOptions['defaultHeaders']): Record<string, string | null> | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (headers instanceof Headers) return Object.fromEntries(headers);
  if (Array.isArray(headers)) return Object.fromEntries(headers) as Record<string, string>;
  const merged = headers as { values?: unknown; nulls?: unknown };
  if (merged.values instanceof Headers && merged.nulls instanceof Set) {
    const removed = [...(merged.nulls as Set<string>)].map((name) => [name, null] as const);
    return Object.fromEntries<string | null>([...merged.values, ...removed]);
  }
  return Object.fromEntries(
    Object.entries(headers as Record<string, string | null>).map(([name, value]) => [name, value]),
  );
}

function notSendable(names: readonly string[]): LightningError {
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    `Cannot make APO in another thread as its model client has what cannot be sent there: ${names.join(', ')}. Give APO the plain ` +
      'options of the client, so that it can be built where the algorithm runs:\n\n' +
      '  new APO({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY }, options)\n\n' +
      "or keep the algorithm in the main thread with mainProcess: 'algorithm'",
    { details: { options: names } },
  );
}
