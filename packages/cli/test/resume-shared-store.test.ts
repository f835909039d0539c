import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { gateOf } from './fixtures/shared-agent.ts';
import { emptyFolder, startStore } from './running-agl.ts';

const TOKEN = 'a-token-that-both-sides-know-0123456789';
/** Three rounds over ten tasks: (1 + 2 + 3) × (1 + … + 10), and a trace of each. */
const RESULT = { sum: 330, traced: 30, stopReason: 'completed' };

function start(fixture: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const path = fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return child;
}

async function output(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

/** How often each rollout was begun, and how many have ended. */
function work(ledger: string): { begun: Map<string, number>; ended: number } {
  const begun = new Map<string, number>();
  let ended = 0;
  for (const line of existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []) {
    const [what, id] = line.split(' ') as [string, string];
    if (what === 'end') ended += 1;
    else begun.set(id, (begun.get(id) ?? 0) + 1);
  }
  return { begun, ended };
}

async function setUp() {
  const folder = emptyFolder();
  const ledger = join(folder, 'ledger');
  const runDirectory = join(folder, 'run');
  const store = await startStore(['--db', join(folder, 'shared.db')], { env: { AGL_TOKEN: TOKEN } });
  const env = { STORE_URL: store.listening.url, STORE_TOKEN: TOKEN, LEDGER: ledger };
  return { folder, ledger, runDirectory, store, env, train: () => start('shared-training', [runDirectory], env) };
}

it('rollouts that went on in an agl store while the algorithm was dead are collected, and none runs again', async () => {
  const { ledger, runDirectory, env, train } = await setUp();
  start('shared-runner', [], env);
  const first = train();
  // One round is over, the second one under way.
  await once(first.stderr!, 'data');
  while (work(ledger).ended < 12) await sleep(5);
  first.kill('SIGKILL');
  await once(first, 'close');
  expect(work(ledger).ended).toBe(12);
  writeFileSync(gateOf(ledger), '');
  while (work(ledger).ended < 19) await sleep(5);
  const { code, stdout, stderr } = await output(train());
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toEqual(RESULT);
  const { begun } = work(ledger);
  expect(begun.size).toBe(30);
  // The slot of the process that was killed had one under way, and of another the report may have been on its way.
  expect([...begun.values()].reduce((sum, count) => sum + count - 1, 0)).toBeLessThanOrEqual(2);
  // It is its own run's directory, and says where its rollouts are.
  expect(JSON.parse(readFileSync(join(runDirectory, 'run.json'), 'utf8'))).toMatchObject({
    fingerprint: { store: 'given' },
  });
});

it('a run is not resumed with a store that knows nothing of it', async () => {
  const { folder, runDirectory, store, env, train } = await setUp();
  const first = train();
  await once(first.stderr!, 'data');
  first.kill('SIGKILL');
  await once(first, 'close');
  store.child.kill('SIGTERM');
  await store.ended;
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `shared.db${suffix}`), { force: true });
  const other = await startStore(['--db', join(folder, 'shared.db')], { env: { AGL_TOKEN: TOKEN } });
  const again = start('shared-training', [runDirectory], { ...env, STORE_URL: other.listening.url });
  const { code, stderr } = await output(again);
  expect(code).toBe(1);
  expect(stderr).toContain('the store knows nothing of it');
});
