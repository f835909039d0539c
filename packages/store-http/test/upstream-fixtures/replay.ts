import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type StoreBackend, VirtualClock } from '@agentlightning/core/testing';
import { request } from 'undici';
import { LightningStoreServer } from '../../src/server/lightning-store-server.ts';
import { Tokens } from './compare.ts';
import { type FixtureLine, lineKey, type OwnAnswer, type Scenario } from './fixture.ts';
import { type Answer, judge } from './judge.ts';
import { replaceInProtobuf } from './replace-in-protobuf.ts';
import { watchWaits } from './watch-waits.ts';

/** Time passes between two requests, as it did when they were recorded. */
const STEP_SECONDS = 0.001;

/**
 * Sends the requests of a scenario to a real server around a fresh store, both of which it closes afterwards.
 *
 * @param ownAnswers - what ours answers where the recording leaves the choice
 * @param absentKeys - keys that answers lack around this store
 * @returns what was not as it must be, a text for each difference
 */
export async function replayScenario(
  scenario: Scenario,
  backend: StoreBackend,
  ownAnswers: ReadonlyMap<string, OwnAnswer>,
  absentKeys: readonly string[] = [],
): Promise<string[]> {
  const clock = new VirtualClock(Date.now() / 1000);
  const opened = await backend.open({ clock });
  const { store, onceWaiting } = watchWaits(opened.store);
  const { cors_allow_origins: corsOrigins = [] } = scenario.lines[0]?.server_options ?? {};
  const server = await LightningStoreServer.start(store, { token: null, corsOrigins });
  const tokens = new Tokens(absentKeys);
  const problems: string[] = [];
  const background: Promise<void>[] = [];
  try {
    for (const line of scenario.lines) {
      clock.advance(line.wait_before_seconds ?? STEP_SECONDS);
      const waits = line.background ? once(onceWaiting, 'wait') : undefined;
      const answered = send(server.url, line, tokens).then((answer) => {
        const found = judge(line, answer, tokens, ownAnswers.get(lineKey(line)));
        problems.push(...found.map((problem) => `${lineKey(line)}: ${problem}`));
      });
      if (line.background) {
        await waits;
        background.push(answered);
      } else {
        await passTimeUntil(answered, clock, line);
      }
    }
    await passTimeUntil(Promise.all(background), clock, { request: { body: { timeout: 1 } } });
  } finally {
    await server.close();
    await (opened.dispose?.() ?? store.close());
  }
  return problems;
}

/** A request that waits gets its time, however late its timer is armed. */
async function passTimeUntil(
  answered: Promise<unknown>,
  clock: VirtualClock,
  line: { readonly request: { readonly body?: unknown } },
): Promise<void> {
  const { timeout } = (line.request.body ?? {}) as { timeout?: number | null };
  if (typeof timeout !== 'number' || timeout <= 0) return void (await answered);
  let isOver = false;
  const over = answered.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await setImmediate();
    if (clock.pendingTimers > 0) clock.advance(timeout);
  }
  await over;
}

async function send(url: string, line: FixtureLine, tokens: Tokens): Promise<Answer> {
  const { method, path, query = [], headers = {} } = line.request;
  const search =
    query.length === 0 ? '' : `?${new URLSearchParams(tokens.fill(query) as [string, string][]).toString()}`;
  const response = await request(`${url}${tokens.fill(path)}${search}`, {
    method: method as 'GET',
    headers,
    body: bodyOf(line, tokens),
  });
  return {
    status: response.statusCode,
    headers: response.headers as Readonly<Record<string, string | undefined>>,
    bytes: Buffer.from(await response.body.arrayBuffer()),
  };
}

function bodyOf({ request: { body, body_text, body_base64, ...rest } }: FixtureLine, tokens: Tokens): Buffer | null {
  if (body !== undefined) return Buffer.from(JSON.stringify(tokens.fill(body)));
  if (body_text !== undefined) return Buffer.from(body_text);
  if (body_base64 === undefined) return null;
  const ids = Object.entries(rest.placeholders ?? {}).map(([text, token]) => [text, tokens.fill(token)] as const);
  const payload = replaceInProtobuf(Buffer.from(body_base64, 'base64'), new Map(ids));
  return rest.gzip_before_sending ? gzipSync(payload) : payload;
}
