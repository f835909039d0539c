/** For `JSON.stringify`: the keys of endpoints belong into no file. */
export function withoutSecrets(key: string, value: unknown): unknown {
  return (key === 'apiKey' || key === 'api_key') && typeof value === 'string' ? '***' : value;
}
