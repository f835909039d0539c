/** Where a store server is, and how to be let in. */
export interface Endpoint {
  /** `http://host:port`, without credentials, so that it can be shown. */
  readonly origin: string;
  readonly authorization: string | undefined;
}

/**
 * Reads a store's URL.
 * @param url - `http://host:port`; credentials in it count as a token (`http://agl:TOKEN@host:port`), and do not show anywhere
 * @param token - goes before the one in the URL
 * @throws TypeError if it is no such URL, or no header can carry the token
 */
export function parseEndpoint(url: string, token: string | null | undefined): Endpoint {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new TypeError(
      `Cannot connect to the store as 'url' must be like http://127.0.0.1:4747: current value is '${withoutCredentials(url)}'`,
    );
  }
  const secret = token ?? decoded(parsed.password);
  // Often the end of a line of the file that it is in. The value stays out of the message: it is a secret.
  if (secret === undefined || !/^[\x21-\x7e]*$/.test(secret)) {
    throw new TypeError("Cannot connect to the store as 'token' must be a text of visible ASCII without spaces");
  }
  return { origin: parsed.origin, authorization: secret === '' ? undefined : `Bearer ${secret}` };
}

/** `undefined` for what was not encoded as parts of URLs are. */
function decoded(password: string): string | undefined {
  try {
    return decodeURIComponent(password);
  } catch {
    return undefined;
  }
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
