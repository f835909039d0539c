import type { HeaderReader } from './retry-after.ts';

/** What a failed call says about the model endpoint that it went to. */
export interface EndpointFailure {
  /**
   * `passing`: the same call may work later: rate limits, 5xx, lost and refused connections, no answer in time. `refused`: no call will work until somebody
   * mends the account: a wrong key, no permission, an exhausted quota.
   */
  readonly kind: 'passing' | 'refused';
  /** HTTP status; `null` if there was no response. */
  readonly status: number | null;
  /** The endpoint's or the system's name for it, such as `insufficient_quota` or `ECONNREFUSED`; `null` without one. */
  readonly code: string | null;
  /** Whether it says that it is asked for too much, so that asking less helps: 429, 503, 529. */
  readonly isThrottled: boolean;
  /** The headers of the response; none without one. */
  readonly header: HeaderReader;
}

/** Statuses of a call that was too early, too much, or met a server in trouble. */
const PASSING_STATUS = new Set([408, 409, 425, 429]);
const REFUSED_STATUS = new Set([401, 402, 403]);
const THROTTLED_STATUS = new Set([429, 503, 529]);

/** What makes a 429 one that waiting does not help. */
const EXHAUSTED = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active']);

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** How deep an error's causes are looked at. */
const MAX_CAUSES = 8;

/**
 * Reads from what a client threw whether its endpoint is in trouble. Known by their fields, so those of the OpenAI and Anthropic clients, of the AI SDK, of axios and of
 * `fetch` are understood in any copy and version, also as the `cause` of another error.
 *
 * @returns `undefined` for whatever says nothing about the endpoint: a bad request, an aborted call, a defect
 */
export function endpointFailureOf(error: unknown): EndpointFailure | undefined {
  for (const layer of layersOf(error)) {
    const failure = failureIn(layer);
    if (failure !== undefined) return failure === 'other' ? undefined : failure;
  }
  return undefined;
}

/**
 * Whether an error is one of a model client's, by the name of its class. Others have a `status` too, which says nothing about a model.
 */
export function isModelClientError(error: unknown): boolean {
  return layersOf(error).some((layer) => {
    for (let type = Object.getPrototypeOf(layer) as object | null; type !== null; type = Object.getPrototypeOf(type)) {
      if (/^(?:APIError|OpenAIError|AnthropicError)$/.test(constructorName(type))) return true;
    }
    return /^AI_(?:APICall|Retry)Error$/.test(String(fieldOf(layer, 'name')));
  });
}

/** Classifies a response by its status and what the endpoint calls the error; `undefined` if it is about the request. */
export function failureOfStatus(status: number, codes: readonly unknown[]): EndpointFailure['kind'] | undefined {
  if (REFUSED_STATUS.has(status) || (status === 429 && codes.some((code) => EXHAUSTED.has(String(code))))) {
    return 'refused';
  }
  return PASSING_STATUS.has(status) || status >= 500 ? 'passing' : undefined;
}

/** Whether a connection failed, by the code of its error. */
export function isConnectionCode(code: unknown): boolean {
  return CONNECTION_CODES.has(String(code));
}

/** Masks what looks like an API key. Endpoints like to repeat the key that they refuse. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(?:sk|pk|rk|gsk|xai|key)-[\w*.-]{4,}/g, '[key]').replace(/\bBearer\s+\S+/gi, 'Bearer [key]');
}

function failureIn(layer: object): EndpointFailure | 'other' | undefined {
  const response = fieldOf(layer, 'response');
  const status = [layer, response]
    .flatMap((holder) => [fieldOf(holder, 'status'), fieldOf(holder, 'statusCode')])
    .find(isErrorStatus);
  const codes = codesIn(layer);
  const header = headersIn(layer, response);
  if (status !== undefined) {
    const kind = header('x-should-retry') === 'false' && status >= 500 ? undefined : failureOfStatus(status, codes);
    if (kind === undefined) return 'other';
    return {
      kind,
      status,
      code: nameIn(codes),
      isThrottled: kind === 'passing' && THROTTLED_STATUS.has(status),
      header,
    };
  }
  const code = nameIn(codes);
  if (code !== null && CONNECTION_CODES.has(code)) return lost(code);
  const name = constructorName(Object.getPrototypeOf(layer) as object | null);
  if (name === 'APIUserAbortError' || fieldOf(layer, 'name') === 'AbortError') return 'other';
  if (name === 'APIConnectionTimeoutError' || code === 'TIMEOUT') return lost('ETIMEDOUT');
  // What is behind it says more.
  if (fieldOf(layer, 'cause') instanceof Error) return undefined;
  const isLost =
    name === 'APIConnectionError' ||
    (layer instanceof TypeError && /^(?:fetch failed|terminated)$/.test(layer.message));
  return isLost ? lost(null) : undefined;
}

function lost(code: string | null): EndpointFailure {
  return { kind: 'passing', status: null, code, isThrottled: false, header: () => undefined };
}

/** The error, and what is behind it. */
function layersOf(error: unknown): object[] {
  const layers: object[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && layers.length < MAX_CAUSES && !layers.includes(current)) {
    layers.push(current);
    const errors = fieldOf(current, 'errors');
    current =
      fieldOf(current, 'cause') ?? fieldOf(current, 'lastError') ?? (Array.isArray(errors) ? errors.at(-1) : undefined);
  }
  return layers;
}

function codesIn(layer: object): unknown[] {
  const body = fieldOf(layer, 'error') ?? fieldOf(fieldOf(layer, 'data'), 'error');
  const inner = fieldOf(body, 'error') ?? body;
  return [layer, inner].flatMap((holder) => [fieldOf(holder, 'code'), fieldOf(holder, 'type')]);
}

function nameIn(codes: readonly unknown[]): string | null {
  return codes.find((code): code is string => typeof code === 'string' && code !== '') ?? null;
}

function headersIn(layer: object, response: unknown): HeaderReader {
  const headers = fieldOf(layer, 'headers') ?? fieldOf(layer, 'responseHeaders') ?? fieldOf(response, 'headers');
  return (name) => {
    const get = fieldOf(headers, 'get');
    const value: unknown = typeof get === 'function' ? get.call(headers, name) : fieldOf(headers, name);
    return typeof value === 'string' ? value : undefined;
  };
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value <= 599;
}

function constructorName(type: object | null): string {
  const name = fieldOf(fieldOf(type, 'constructor'), 'name');
  return typeof name === 'string' ? name : '';
}

/** What agents throw may be anything, and may throw when it is read. */
function fieldOf(holder: unknown, name: string): unknown {
  if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null) return undefined;
  try {
    return (holder as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
