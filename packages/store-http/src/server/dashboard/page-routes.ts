import type { FastifyInstance } from 'fastify';
import type { Dashboard, DashboardFile } from './dashboard.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether everybody may ask without a token, as nothing secret is there. Of an operation, its table says so. */
    isPublic?: boolean;
  }
}

/** Nothing inline, nothing from elsewhere, nothing sent elsewhere, and no other page around it. Styles are set by scripts alone, which is no inline style. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every file of the page. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
};

/** Serves the files of a page, each under its path and no other: a URL is looked up among these routes, and never becomes the name of a file. */
export function pageRoutes(app: FastifyInstance, { files }: Dashboard): void {
  for (const [path, file] of files) {
    app.get(path, { config: { isPublic: true } }, async (request, reply) => {
      const { encoding, body } = encodedFor(file, request.headers['accept-encoding']);
      if (encoding !== undefined) reply.header('content-encoding', encoding);
      return reply
        .headers(PAGE_HEADERS)
        .header('content-type', file.contentType)
        .header('cache-control', file.cacheControl)
        .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    });
  }
}

/** The first form of a file that the client takes. */
function encodedFor(
  { body, encoded }: DashboardFile,
  accepted: string | string[] | undefined,
): { readonly encoding?: string; readonly body: Uint8Array } {
  const taken = new Set(
    String(accepted ?? '')
      .toLowerCase()
      .split(',')
      .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
      .map((part) => part.split(';')[0]!.trim()),
  );
  for (const [encoding, bytes] of Object.entries(encoded)) if (taken.has(encoding)) return { encoding, body: bytes };
  return { body };
}
