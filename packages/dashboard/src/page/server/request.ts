import { storedToken } from './token.ts';

/** What the server refused, or what kept it from answering. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The HTTP status; `undefined` if nobody answered. */
  readonly status: number | undefined;

  constructor(status: number | undefined, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Asks the server that the page came from.
 * @param path - relative to the page, without a slash in front: `v1/agl/run`
 * @returns the response, whose status is a success
 * @throws RequestError with the status, 401 if the token is missing or wrong; without one if the server cannot be reached
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = storedToken();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new RequestError(undefined, 'The server cannot be reached', { cause: error });
  }
  if (!response.ok) throw new RequestError(response.status, await refusal(response));
  return response;
}

/** What the server says in `detail`, as all its refusals do. */
async function refusal(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  return typeof detail === 'string' ? detail : `The server answered ${response.status}`;
}
