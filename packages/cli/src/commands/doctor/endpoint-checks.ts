import { type CheckResult, failed, ok, skipped, unavailable } from './check-result.ts';
import type { Endpoint } from './endpoints.ts';
import { reasonOf } from './machine-checks.ts';

/** How long an endpoint may take to list its models. */
const LIST_MS = 15_000;
/** And to answer: a model that is loaded first takes a while. */
const CALL_MS = 120_000;

/** That an endpoint is there and takes the key, by asking for its list of models, which costs nothing. */
export async function checkEndpoint(endpoint: Endpoint, label: string | undefined): Promise<CheckResult> {
  const { baseUrl, askedBy, models } = endpoint;
  const where = `${baseUrl}, for ${askedBy}`;
  const answer = await ask(endpoint, '/models', { method: 'GET' }, LIST_MS);
  if (typeof answer === 'string') return unreachable(where, answer);
  const { status, body, isSimulated } = answer;
  if (isSimulated && label === undefined) {
    return failed(
      'endpoint',
      `${where}, is simulated, and nothing says so beside the scores`,
      "Add label: 'simulated models' to the config",
    );
  }
  if (status === 401 || status === 403) return refusesKey(where, status, endpoint);
  const listed = listedModels(body);
  if (listed === undefined) return ok('endpoint', `${where}, answers (${status}), and lists no models`);
  const missing = models.filter((model) => !listed.includes(model));
  if (missing.length === 0) return ok('endpoint', `${where}, answers, and has ${models.join(' and ') || 'models'}`);
  // Gateways list less than they serve.
  return ok('endpoint', `${where}, answers, but does not list ${missing.join(' and ')}: a call will tell`);
}

/** That one call works, of each model. */
export async function checkCall(endpoint: Endpoint): Promise<CheckResult> {
  const { askedBy, models, baseUrl } = endpoint;
  if (models.length === 0) return skipped('call', `It is not known which model ${askedBy} asks at ${baseUrl}`);
  const texts: string[] = [];
  for (const model of models) {
    const start = performance.now();
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Reply with the word OK.' }] });
    const answer = await ask(endpoint, '/chat/completions', { method: 'POST', body }, CALL_MS);
    if (typeof answer === 'string') return unreachable(baseUrl, answer);
    if (answer.status === 401 || answer.status === 403) return refusesKey(baseUrl, answer.status, endpoint);
    if (answer.status !== 200 || !hasChoices(answer.body)) {
      return unavailable(
        'call',
        `${model} does not answer (${answer.status}): ${errorText(answer.body)}`,
        answer.status === 404 ? `Use the name of a model that ${baseUrl} has` : 'Do what the endpoint says',
      );
    }
    texts.push(`${model} answers in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return ok('call', `${texts.join(', ')}, for ${askedBy}`);
}

function unreachable(where: string, problem: string): CheckResult {
  return unavailable(
    'endpoint',
    `${where}, cannot be reached: ${problem}`,
    'Start it, or correct its address (OPENAI_BASE_URL, or the endpoint in the config)',
  );
}

function refusesKey(where: string, status: number, { key }: Endpoint): CheckResult {
  return unavailable(
    'endpoint',
    `${where}, refuses ${key === undefined || key === '' ? 'a call without a key' : 'the key'} (${status})`,
    'Set OPENAI_API_KEY, or whatever the config reads its key from, to one that is valid there',
  );
}

type Answer = { readonly status: number; readonly body: unknown; readonly isSimulated: boolean };

/** @returns the answer, or why there is none */
async function ask(
  { baseUrl, key }: Endpoint,
  path: string,
  init: { readonly method: string; readonly body?: string },
  timeoutMs: number,
): Promise<Answer | string> {
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const isSimulated = response.headers.get('x-simulated') === 'true';
    return { status: response.status, body: parseJson(text) ?? text, isSimulated };
  } catch (error) {
    return reasonOf(error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listedModels(body: unknown): string[] | undefined {
  const { data } = Object(body) as { readonly data?: unknown };
  if (!Array.isArray(data)) return undefined;
  return data.flatMap((entry: unknown) => {
    const { id } = Object(entry) as { readonly id?: unknown };
    return typeof id === 'string' ? [id] : [];
  });
}

function hasChoices(body: unknown): boolean {
  const { choices } = Object(body) as { readonly choices?: unknown };
  return Array.isArray(choices) && choices.length > 0;
}

function errorText(body: unknown): string {
  const { error } = Object(body) as { readonly error?: { readonly message?: unknown } };
  const text =
    typeof error?.message === 'string' ? error.message : typeof body === 'string' ? body : JSON.stringify(body);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300);
}
