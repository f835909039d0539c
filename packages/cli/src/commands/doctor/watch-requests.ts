import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** A request that left this process. */
export interface SeenRequest {
  readonly by: 'fetch' | 'http';
  readonly host: string;
  readonly path: string;
}

/** Notes every request of this thread until it is stopped, whoever makes it: through `fetch` and undici, or through Node's own http client. */
export function watchRequests(): { readonly seen: readonly SeenRequest[]; stop(): void } {
  const seen: SeenRequest[] = [];
  const onFetch = (message: unknown): void => {
    const { request } = message as { readonly request: { readonly origin: unknown; readonly path: string } };
    seen.push({
      by: 'fetch',
      host: URL.parse(String(request.origin))?.host ?? String(request.origin),
      path: request.path,
    });
  };
  const onHttp = (message: unknown): void => {
    const { request } = message as { readonly request: { readonly host: string; readonly path: string } };
    seen.push({ by: 'http', host: request.host, path: request.path });
  };
  subscribe('undici:request:create', onFetch);
  subscribe('http.client.request.start', onHttp);
  return {
    seen,
    stop: () => {
      unsubscribe('undici:request:create', onFetch);
      unsubscribe('http.client.request.start', onHttp);
    },
  };
}
