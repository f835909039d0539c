import type { LightningStoreServer } from '@agentlightning/store-http/server';

/**
 * Where a server's page is. The token is in the fragment, which browsers send to nobody and which no server logs; the page takes it out of the address.
 */
export function pageUrl({ url, token }: Pick<LightningStoreServer, 'url' | 'token'>): string {
  return token === null ? `${url}/` : `${url}/#token=${encodeURIComponent(token)}`;
}
