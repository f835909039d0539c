import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page in a browser may be behind a request. The server is for programs of this machine: its log has the prompts that they
 * sent. A page can send requests, and by making its own name one of 127.0.0.1 read the answers; its headers give it away.
 */
export function isForeign({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  // On any port, as there may be a proxy in between.
  const [, name = ''] = /^(\[::1\]|[^:[\]]+)(?::\d{1,5})?$/.exec((host ?? '').toLowerCase()) ?? [];
  if (!/^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(name)) return true;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`;
}
