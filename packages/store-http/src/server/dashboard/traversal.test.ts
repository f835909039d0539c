// Ways to ask a server of files for one that it does not serve. Ours looks a path up among its routes, and has no other way to a file.
import { Client } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../../test/running-server.ts';
import type { DashboardFile } from './dashboard.ts';

const PREFIXES = ['/', '/assets/', '//', '/./', '/assets/page-abc.js/', '/v1/agl/run/', '/v1/agl/run/events/'];
const STEPS = [
  ...['../', '..%2f', '..%2F', '%2e%2e/', '%2e%2e%2f', '.%2e/', '%2E%2E%5C', '..\\', '..%5c', '....//', '..;/'],
  ...[
    '%252e%252e%252f',
    '..%252f',
    '%25252e%25252e%25252f',
    '..%c0%af',
    '%c0%ae%c0%ae/',
    '..%00/',
    '.%00./',
    '%u002e%u002e/',
  ],
];
const DEPTHS = [1, 8];
const TARGETS = ['etc/passwd', 'assets/page-abc.js', 'store.db%00.js'];
const WHOLE = [
  ...[
    '/etc/passwd',
    '//etc/passwd',
    '/file:///etc/passwd',
    '/%2fetc%2fpasswd',
    '/assets',
    '/assets/',
    '/assets/.',
    '/assets/..',
  ],
  ...[
    '/index.html',
    '/assets/page-abc.js%00',
    '/assets/page-abc.js%00.html',
    '/assets/page-abc.js/',
    '/assets/page-abc.js.br',
  ],
  ...[
    '/assets//page-abc.js',
    '/assets%2fpage-abc.js',
    '/assets%5cpage-abc.js',
    '/ASSETS/page-abc.js',
    '/assets/page-abcXjs',
  ],
  ...[
    '/assets/page-abc.js%20',
    '/assets/page-abc.js;x',
    '/.env',
    '/.git/config',
    '/package.json',
    '/node_modules',
    '/~root',
    '/proc/self/environ',
  ],
  ...['/assets/*', '/assets/:file', '/assets/__proto__', '/__proto__', '/constructor', '/toString', '/hasOwnProperty'],
];

const files = new Map<string, DashboardFile>(
  ['/', '/assets/page-abc.js'].map((path) => [
    path,
    { contentType: 'text/plain', cacheControl: 'no-cache', body: Buffer.from('of the page'), encoded: {} },
  ]),
);

it('a path that is none of the page leads to no file, however it is written', async () => {
  const corpus = PREFIXES.flatMap((prefix) =>
    STEPS.flatMap((step) =>
      DEPTHS.flatMap((depth) => TARGETS.map((target) => `${prefix}${step.repeat(depth)}${target}`)),
    ),
  ).concat(WHOLE);
  expect(corpus.length).toBeGreaterThan(500);
  const { server } = await startServer({ dashboard: { files } });
  const client = new Client(server.url, { pipelining: 1 });
  onTestFinished(() => client.close());
  for (const path of corpus) {
    for (const authorization of [undefined, `Bearer ${server.token}`]) {
      const headers = authorization === undefined ? {} : { authorization };
      const { statusCode, body } = await client.request({ path, method: 'GET', headers });
      const text = await body.text();
      const statuses = authorization === undefined ? /^(400|401|414) / : /^(400|404|414) /;
      expect(`${statusCode} ${path}`).toMatch(statuses);
      expect(text).not.toContain('of the page');
      expect(JSON.parse(text)).toHaveProperty('detail');
    }
  }
  const { statusCode, body } = await client.request({ path: '/assets/page-abc.js?x=/../../etc/passwd', method: 'GET' });
  expect(`${statusCode} ${await body.text()}`).toBe('200 of the page');
});
