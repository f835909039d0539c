import type { Redactor } from '@agentlightning/runner';

/**
 * A replacer for `JSON.stringify`: the keys of endpoints belong into no file, and known secrets into no text of one. Numbers stay, whatever the secrets are.
 *
 * @param redact - takes the known secrets out of a text
 */
export function withoutSecrets(redact: Redactor): (key: string, value: unknown) => unknown {
  return (key, value) => {
    if (typeof value === 'string') return key === 'apiKey' || key === 'api_key' ? '***' : redact(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [redact(name), item]));
  };
}
