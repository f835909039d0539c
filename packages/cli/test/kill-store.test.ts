import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFinalReward } from '@agentlightning/core';
import { checkInvariants, freePort, type LedgerEntry, lookAtStore, parseLedger } from '@agentlightning/core/testing';
import { LightningStoreClient } from '@agentlightning/store-http';
import { expect, it, onTestFinished } from 'vitest';
import { randomOf } from './fixtures/store-client.ts';
import { emptyFolder, startStore } from './running-agl.ts';

const seed = Number(process.env['AGL_SEED'] ?? Date.now() % 2 ** 31);
/** 2 with the other tests; `pnpm check` asks for 40. */
const kills = Number(process.env['AGL_STORE_KILLS'] ?? 2);

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

/** So much clients write down before each kill, in bytes: some three rollouts, however slow the machine is. */
const WORK_BYTES = 2_500;

/** Waits until the clients have got something done since now. */
async function progress(ledger: string, clients: readonly Client[]): Promise<void> {
  const before = statSync(ledger).size;
  const giveUp = performance.now() + 60_000;
  while (statSync(ledger).size < before + WORK_BYTES) {
    if (clients.some(({ process: { exitCode } }) => exitCode !== null)) throw new Error('A client has ended');
    if (performance.now() > giveUp) throw new Error('The clients have got nothing done for 60 s');
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
    // The last of two `--port` counts.
    const args = ['--db', db, '--token-file', tokenFile, '--port', String(await freePort())];

    let store = await startStore(args);
    const { url } = store.listening;
    const env = { STORE_URL: url, STORE_TOKEN: TOKEN, LEDGER: ledger };
    const enqueuing = startClient('enqueuing-process', { ...env, SEED: String(seed) });
    const running = [1, 2].map((n) => startClient('running-process', { ...env, SEED: String(seed + n) }));
    const clients = [enqueuing, ...running];
    for (let kill = 0; kill < kills; kill++) {
      await progress(ledger, clients);
      await sleep(random() * 250);
      store.child.kill('SIGKILL');
      await store.ended;
      store = await startStore(args);
    }
    await progress(ledger, clients);
    enqueuing.process.kill('SIGTERM');
    const enqueued = await enqueuing.ended;
    for (const { process: child } of running) child.kill('SIGTERM');
    const ended = [enqueued, ...(await Promise.all(running.map((client) => client.ended)))];
    // No error reached a client, and none gave up.
    expect(ended).toEqual(Array(3).fill({ code: 0, complaints: '' }));

    await judge(parseLedger(readFileSync(ledger, 'utf8')), new LightningStoreClient({ url, token: TOKEN }));
    store.child.kill('SIGTERM');
    expect(await store.ended).toMatchObject({ code: 143, stderr: '' });
  },
  120_000 + kills * 5_000,
);

/** Whether what the clients saw acknowledged, and what they did, is what the store says. */
async function judge(ledger: readonly LedgerEntry[], store: LightningStoreClient): Promise<void> {
  onTestFinished(() => store.close());
  const sighting = await lookAtStore(store, { claim: true });
  expect(checkInvariants({ ledger, sightings: [sighting] })).toEqual([]);
  // Most have no more than a kilobyte of lines.
  expect(sighting.rollouts.length).toBeGreaterThan(kills * 2);

  // Clients ride a kill out: every task is done at the first attempt, which counts, and each was seen to end.
  const idsOf = (what: LedgerEntry['what']): string[] =>
    ledger.filter((entry) => entry.what === what).map(({ rolloutId }) => rolloutId);
  for (const what of ['begun', 'ended', 'seen'] as const) expect(idsOf(what).sort()).toEqual(idsOf('enqueued').sort());
  for (const entry of ledger) {
    if (entry.what === 'reported') expect(entry).toMatchObject({ status: 'succeeded', outcome: 'applied' });
  }
  for (const { rollout, attempts, spans } of sighting.rollouts) {
    const { task } = rollout.input as { task: number };
    expect(attempts).toMatchObject([{ sequenceId: 1, status: 'succeeded' }]);
    expect(findFinalReward(spans)).toBe(task / 1000);
    expect(spans).toHaveLength(1 + (task % 3));
  }
}
