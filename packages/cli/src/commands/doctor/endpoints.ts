import type { Algorithm, LLM, NamedResources, ProxyLLM } from '@agentlightning/core';

/** A model somewhere, and who asks it. */
export interface Endpoint {
  readonly askedBy: 'the agent' | 'the optimiser';
  readonly baseUrl: string;
  /** Empty if it is not known. */
  readonly models: readonly string[];
  /** Never shown. */
  readonly key: string | undefined;
}

/**
 * The endpoints that a config names: those of its resources, and that of the algorithm's client. An agent without one among its resources is taken to ask where the
 * environment says, as the `openai` package does.
 */
export async function endpointsOf(
  { resources, algorithm }: { readonly resources: NamedResources; readonly algorithm: Algorithm<never, unknown> },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Endpoint[]> {
  const ofAgents = Object.values(resources)
    .filter((resource) => resource.resourceType === 'llm' || resource.resourceType === 'proxy_llm')
    .map((resource): Endpoint => {
      const { endpoint, model, apiKey } = resource as LLM | ProxyLLM;
      return { askedBy: 'the agent', baseUrl: endpoint, models: [model], key: apiKey ?? env['OPENAI_API_KEY'] };
    });
  const ofAgent = ofAgents.length === 0 ? endpointOfEnvironment(env) : ofAgents;
  return [...ofAgent, ...(await endpointOfAlgorithm(algorithm))];
}

function endpointOfEnvironment(env: Readonly<Record<string, string | undefined>>): Endpoint[] {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key } = env;
  if (!baseUrl && !key) return [];
  return [{ askedBy: 'the agent', baseUrl: baseUrl || 'https://api.openai.com/v1', models: [], key }];
}

/** By what an algorithm would be sent to another thread with; an algorithm without a model client, or one that cannot be sent, has none that is known. */
async function endpointOfAlgorithm(algorithm: Algorithm<never, unknown>): Promise<Endpoint[]> {
  const source = await Promise.resolve()
    .then(() => algorithm.source?.())
    .catch(() => undefined);
  const client = (source?.options as { readonly client?: { baseURL?: unknown; apiKey?: unknown } } | undefined)?.client;
  if (typeof client?.baseURL !== 'string') return [];
  const parts = algorithm.plan?.({ trainTasks: 100, valTasks: 100 })?.parts ?? [];
  return [
    {
      askedBy: 'the optimiser',
      baseUrl: client.baseURL,
      models: [...new Set(parts.flatMap(({ model }) => model ?? []))],
      key: typeof client.apiKey === 'string' ? client.apiKey : undefined,
    },
  ];
}

/** Whether an endpoint is on this machine: it costs nothing to ask it. */
export function isLocal({ baseUrl }: Pick<Endpoint, 'baseUrl'>): boolean {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}
