import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Attempt, findFinalReward, type Span } from '@agentlightning/core';
import { LightningStoreClient } from '@agentlightning/store-http';
import { expect, it, onTestFinished } from 'vitest';
import type { LedgerEntry } from './fixtures/ledger.ts';
import { randomOf } from './fixtures/store-client.ts';
import { emptyFolder, startStore } from './running-agl.ts';

const seed = Number(process.env['AGL_SEED'] ?? Date.now() % 2 ** 31);
/** 10 with the other tests; `pnpm check` asks for 40. */
const kills = Number(process.env['AGL_STORE_KILLS'] ?? 10);

const TOKEN = 'a-token-that-both-sides-know-0123456789';

/** One of the processes that use the store, and all it complained about. */
interface Client {
  readonly process: ChildProcess;
  /** Resolves with its exit code and standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly complaints: string }>;
}

function startClient(fixture: string, env: Record<string, string>): Client {
  const path = fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, complaints }));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { process: child, ended };
}

/** Waits until the clients have got something done since now. */
async function progress(ledger: string, clients: readonly Client[]): Promise<void> {
  const before = statSync(ledger).size;
  const giveUp = performance.now() + 30_000;
  while (statSync(ledger).size === before) {
    if (clients.some(({ process: { exitCode } }) => exitCode !== null)) throw new Error('A client has ended');
    if (performance.now() > giveUp) throw new Error('The clients have got nothing done for 30 s');
    await sleep(5);
  }
}

it(
  `agl store survives ${kills} kills under load with all it acknowledged (seed ${seed})`,
  async () => {
    const folder = emptyFolder();
    const [ledger, db, tokenFile] = ['ledger.jsonl', 'store.db', 'token'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(ledger, '');
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
    const random = randomOf(seed);
    const args = ['--db', db, '--token-file', tokenFile];

    let store = await startStore(args);
    const { url, port } = store.listening;
    const env = { STORE_URL: url, STORE_TOKEN: TOKEN, LEDGER: ledger };
    const enqueuing = startClient('enqueuing-process', { ...env, SEED: String(seed) });
    const running = [1, 2].map((n) => startClient('running-process', { ...env, SEED: String(seed + n) }));
    const clients = [enqueuing, ...running];
    for (let kill = 0; kill < kills; kill++) {
      await progress(ledger, clients);
      await sleep(random() * 250);
      store.child.kill('SIGKILL');
      await store.ended;
      // The last of two `--port` counts.
      store = await startStore([...args, '--port', String(port)]);
    }
    await progress(ledger, clients);
    enqueuing.process.kill('SIGTERM');
    const enqueued = await enqueuing.ended;
    for (const { process: child } of running) child.kill('SIGTERM');
    const ended = [enqueued, ...(await Promise.all(running.map((client) => client.ended)))];
    // No error reached a client, and none gave up.
    expect(ended).toEqual(Array(3).fill({ code: 0, complaints: '' }));

    await judge(readLedger(ledger), new LightningStoreClient({ url, token: TOKEN }));
    store.child.kill('SIGTERM');
    expect(await store.ended).toMatchObject({ code: 143, stderr: '' });
  },
  60_000 + kills * 5_000,
);

/** Whether what the clients saw acknowledged, and what they did, is what the store says. */
async function judge(entries: readonly LedgerEntry[], store: LightningStoreClient): Promise<void> {
  onTestFinished(() => store.close());
  const idsOf = (what: LedgerEntry['what']): string[] =>
    entries.filter((entry) => entry.what === what).map(({ rolloutId }) => rolloutId);

  // Every acknowledged rollout is there once, nothing else is, and all have ended well at the first attempt.
  const rollouts = (await store.queryRollouts()).items;
  expect(rollouts.map(({ rolloutId }) => rolloutId).sort()).toEqual(idsOf('enqueued').sort());
  expect(rollouts.length).toBeGreaterThan(kills * 3);
  const attempts = new Map<string, Attempt>();
  for (const rollout of rollouts) {
    expect(rollout).toMatchObject({ status: 'succeeded', attempt: { sequenceId: 1, status: 'succeeded' } });
    if ('attempt' in rollout) attempts.set(rollout.rolloutId, rollout.attempt);
  }

  // No agent began twice with the same task, and each was seen to end.
  for (const what of ['begun', 'ended', 'seen'] as const) expect(idsOf(what).sort()).toEqual(idsOf('enqueued').sort());
  for (const entry of entries) {
    if (entry.what === 'reported') expect(entry).toMatchObject({ status: 'succeeded', outcome: 'applied' });
    if (entry.what === 'seen') expect(entry.status).toBe('succeeded');
    if ('attemptId' in entry) expect(entry.attemptId).toBe(attempts.get(entry.rolloutId)?.attemptId);
  }

  // Every acknowledged span is there once, numbered in its own place, and every reward is that of its task.
  const acknowledged = new Set(entries.flatMap((entry) => (entry.what === 'span' ? [keyOf(entry)] : [])));
  const stored: Span[] = [];
  for (const { rolloutId, input } of rollouts) {
    const { items } = await store.querySpans({ rolloutId });
    const { task } = input as { task: number };
    expect(findFinalReward(items)).toBe(task / 1000);
    expect(items).toHaveLength(1 + (task % 3));
    expect(new Set(items.map(({ sequenceId }) => sequenceId)).size).toBe(items.length);
    stored.push(...items);
  }
  expect(new Set(stored.map(keyOf))).toEqual(acknowledged);
  expect(stored).toHaveLength(acknowledged.size);
}

function readLedger(path: string): LedgerEntry[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as LedgerEntry);
}

function keyOf({ rolloutId, attemptId, spanId }: Pick<Span, 'rolloutId' | 'attemptId' | 'spanId'>): string {
  return `${rolloutId} ${attemptId} ${spanId}`;
}
