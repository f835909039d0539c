// `agl ui` as users start it, over runs that real scripts have left or work on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { freePort } from '@agentlightning/core/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../src/main.ts';
import { EventFeed } from './event-feed.ts';
import { emptyFolder, type RunningAgl, startAgl } from './running-agl.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/training-script.ts', import.meta.url));

interface ShownRun extends RunningAgl {
  /** Without the token. */
  readonly url: string;
  readonly token: string;
  readonly line1: Record<string, unknown>;
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
}

function startScript(runs: string): ReturnType<typeof spawn> {
  const child = spawn(process.execPath, [SCRIPT, join(runs, '../ledger'), '--api-key', 'sk-argument'], {
    env: { ...process.env, AGL_RUNS_DIRECTORY: runs },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function startUi(args: readonly string[], runs: string): Promise<ShownRun> {
  const agl = startAgl(['ui', '--json', ...args], { env: { AGL_RUNS_DIRECTORY: runs } });
  const line1 = JSON.parse(await agl.line()) as Record<string, unknown>;
  const [url, token] = String(line1['url']).split('/#token=') as [string, string];
  const send = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
  return { ...agl, url, token, line1, send };
}

/** One run that has ended, for all tests that do not change it. */
let ended: { readonly runs: string; readonly directory: string };
beforeAll(async () => {
  const runs = join(mkdtempSync(join(tmpdir(), 'agl-ui-test-')), 'runs');
  mkdirSync(runs);
  const child = spawn(process.execPath, [SCRIPT, join(runs, '../ledger'), '--api-key', 'sk-argument'], {
    env: { ...process.env, AGL_RUNS_DIRECTORY: runs },
    stdio: 'ignore',
  });
  await once(child, 'close');
  ended = { runs, directory: join(runs, readdirSync(runs)[0]!) };
  return () => rmSync(join(runs, '..'), { recursive: true, force: true });
});

/** A copy of the run that has ended. */
function copyOfRun(): { readonly runs: string; readonly directory: string } {
  const runs = join(emptyFolder(), 'runs');
  cpSync(ended.runs, runs, { recursive: true });
  return { runs, directory: join(runs, readdirSync(runs)[0]!) };
}

describe('agl ui', () => {
  it('serves the newest run with its page: what it is, its events, its best prompt, its store', async () => {
    const ui = await startUi([], ended.runs);
    expect(ui.line1).toMatchObject({ event: 'listening', directory: ended.directory, status: 'completed' });
    expect(ui.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(`${ui.url}/`);
    expect(page.status).toBe(200);
    const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(await page.text())![1];
    expect((await fetch(`${ui.url}${script}`)).headers.get('content-type')).toMatch(/javascript/);

    const details = await (await ui.send('/v1/agl/run')).json();
    expect(details).toMatchObject({
      status: 'completed',
      algorithm: 'search',
      datasets: { train: 3 },
      rollouts: 18,
      result: { result: 126 },
      command: { arguments: [expect.any(String), '--api-key', '***'] },
    });
    const prompt = await ui.send('/v1/agl/run/best-prompt');
    expect(await prompt.text()).toBe(readFileSync(join(ended.directory, 'best_prompt.json'), 'utf8'));
    const page1 = await (await ui.send('/v1/agl/rollouts?limit=5&sort_by=start_time&sort_order=desc')).json();
    expect(page1).toMatchObject({ total: 18, items: { length: 5 } });

    const feed = await EventFeed.open(ui.url, ui.token);
    await feed.until(({ name }) => name === 'caught-up');
    expect(feed.events[0]!.data.type).toBe('run-started');
    expect(feed.events.at(-2)!.data.type).toBe('run-ended');
    const later = await EventFeed.open(ui.url, ui.token, feed.events.at(-3)!.id);
    await later.until(({ name }) => name === 'caught-up');
    expect(later.events.map(({ data }) => data.type)).toEqual(['run-ended', undefined]);

    ui.child.kill('SIGINT');
    expect(await ui.ended).toMatchObject({ code: 130, stderr: '' });
  });

  it('asks everybody for the token but for the page, and takes no change', async () => {
    const before = readFileSync(join(ended.directory, 'store.db'));
    // What SQLite's readers need to read along with a writer stays behind, empty.
    const files = (): string[] =>
      readdirSync(ended.directory)
        .filter((name) => !/-(wal|shm)$/.test(name))
        .sort();
    const known = files();
    const ui = await startUi([], ended.runs);
    for (const path of ['/v1/agl/run', '/v1/agl/run/events', '/v1/agl/run/best-prompt', '/v1/agl/rollouts']) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
        expect((await fetch(`${ui.url}${path}`, { headers: headers as Record<string, string> })).status).toBe(401);
      }
    }
    const post = async (path: string, body: object): Promise<string> => {
      const response = await ui.send(`/v1/agl${path}`, { method: 'POST', body: JSON.stringify(body) });
      return `${response.status} ${((await response.json()) as { code?: string }).code}`;
    };
    const { items } = (await (await ui.send('/v1/agl/rollouts?limit=1')).json()) as { items: { rollout_id: string }[] };
    const id = items[0]!.rollout_id;
    const prompt = { p: { resource_type: 'prompt_template', template: 'x', engine: 'f-string' } };
    const changes: [string, object][] = [
      ['/queues/rollouts/enqueue', { rollouts: [{ input: 1 }] }],
      ['/queues/rollouts/dequeue', { limit: 1 }],
      ['/queues/rollouts/dequeue', { limit: 1, wait_ms: 20_000, claim_id: 'c' }],
      ['/rollouts', { input: 1 }],
      [`/rollouts/${id}`, { status: 'failed' }],
      [`/rollouts/${id}/attempts`, {}],
      [`/rollouts/${id}/attempts/latest`, { status: 'failed' }],
      ['/workers/w', {}],
      ['/resources', prompt],
      ['/resources/rs-1', prompt],
      ['/spans/next', { rollout_id: id, attempt_id: 'a' }],
    ];
    for (const [path, body] of changes) expect(`${path} ${await post(path, body)}`).toBe(`${path} 409 STORE_READ_ONLY`);
    expect(await (await ui.send('/v1/agl/statistics')).json()).toMatchObject({ total_rollouts: 18 });
    expect(readFileSync(join(ended.directory, 'store.db')).equals(before)).toBe(true);
    ui.child.kill('SIGTERM');
    await ui.ended;
    expect(files()).toEqual(known);
    expect(readFileSync(join(ended.directory, 'store.db')).equals(before)).toBe(true);
  });

  it('follows a run while another process works on it, to its end', async () => {
    const runs = join(emptyFolder(), 'runs');
    const child = startScript(runs);
    const closed = once(child, 'close');
    await once(child.stderr!, 'data');
    const ui = await startUi([], runs);
    const feed = await EventFeed.open(ui.url, ui.token);
    const { id } = await feed.until(({ data }) => data.type === 'run-started');
    await feed.until(({ data }) => data.type === 'run-ended');
    await closed;
    expect(await (await ui.send('/v1/agl/run')).json()).toMatchObject({ status: 'completed', rollouts: 18 });
    expect(await (await ui.send('/v1/agl/statistics')).json()).toMatchObject({ total_rollouts: 18 });
    const again = await EventFeed.open(ui.url, ui.token, id);
    await again.until(({ data }) => data.type === 'run-ended');
    expect(again.events.some(({ data }) => data.type === 'run-started')).toBe(false);
  });

  it('passes on whatever stands in the files as JSON, and nothing as anything else', async () => {
    const { runs, directory } = copyOfRun();
    const hostile = `<img src=x onerror=alert(1)>\u2028</script>\u0000"'\`\r\nid: 1\r\ndata: {}\r\n\r\n{{7*7}}`;
    appendFileSync(
      join(directory, 'journal.jsonl'),
      `${JSON.stringify({ time: 1, type: hostile, [hostile]: hostile })}\n`,
    );
    const header = JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8')) as { fingerprint: object };
    const initial = { [hostile]: { hash: 'h', shown: hostile } };
    writeFileSync(
      join(directory, 'run.json'),
      JSON.stringify({
        ...header,
        fingerprint: { ...header.fingerprint, algorithm: hostile, initial_resources: initial },
      }),
    );
    const ui = await startUi([], runs);
    const response = await ui.send('/v1/agl/run');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ algorithm: hostile, initialResources: { [hostile]: hostile } });
    const feed = await EventFeed.open(ui.url, ui.token);
    await feed.until(({ name }) => name === 'caught-up');
    expect(feed.events.at(-2)!.data).toEqual({ time: 1, type: hostile, [hostile]: hostile });
  });

  it('takes the directory of a run or its name, and prints for people where it is to be seen', async () => {
    const name = ended.directory.slice(ended.runs.length + 1);
    for (const run of [ended.directory, name]) {
      const agl = startAgl(['ui', run, '--no-open'], { env: { AGL_RUNS_DIRECTORY: ended.runs } });
      expect(await agl.line()).toMatch(/^The run \S+ \(completed\) in \S+ is shown, until Ctrl-C, at$/);
      expect(await agl.line()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
      agl.child.kill('SIGTERM');
      expect(await agl.ended).toMatchObject({ code: 143, stderr: '' });
    }
  });

  it('opens the browser where there is a display, by a file that others cannot read: the token is on no command line', async () => {
    const folder = emptyFolder();
    const opened = join(folder, 'opened');
    writeFileSync(
      join(folder, 'xdg-open'),
      `#!/bin/sh\nprintf '%s' "$1" > '${opened}.new'; cp "\${1#file://}" '${opened}.html'; stat -c %a "\${1#file://}" > '${opened}.mode'; mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(join(folder, 'xdg-open'), 0o755);
    const env = { AGL_RUNS_DIRECTORY: ended.runs, DISPLAY: ':0', PATH: `${folder}${delimiter}${process.env['PATH']}` };
    const agl = startAgl(['ui'], { env });
    await agl.line();
    const url = await agl.line();
    while (!existsSync(opened)) await new Promise((resolve) => setTimeout(resolve, 10));
    const file = readFileSync(opened, 'utf8');
    expect(file).toMatch(/^file:\/\/\S+\/open\.html$/);
    expect(readFileSync(`${opened}.html`, 'utf8')).toContain(`content="0;url=${url}"`);
    expect(readFileSync(`${opened}.mode`, 'utf8').trim()).toBe('600');
    agl.child.kill('SIGINT');
    expect(await agl.ended).toMatchObject({ code: 130, stderr: '' });
    expect(existsSync(fileURLToPath(file))).toBe(false);
  });

  it('is not kept from serving by a browser that cannot be opened', async () => {
    const env = { AGL_RUNS_DIRECTORY: ended.runs, DISPLAY: ':0', PATH: '/nowhere' };
    const agl = startAgl(['ui'], { env });
    await agl.line();
    const [base] = (await agl.line()).split('#');
    expect((await fetch(base!)).status).toBe(200);
    agl.child.kill('SIGINT');
    expect(await agl.ended).toMatchObject({ code: 130, stderr: '' });
  });

  it('says what is wrong with a run that is not there, or damaged', async () => {
    const { runs, directory } = copyOfRun();
    const ui = async (...args: string[]): Promise<{ readonly code: number; readonly stderr: string }> => {
      let stderr = '';
      const code = await main(['ui', '--json', ...args], {
        stdout: { write: () => true },
        stderr: { write: (text) => (stderr += text) },
        env: { AGL_RUNS_DIRECTORY: runs },
        onStopSignal: () => () => {},
        divertPrints: () => {},
        openPrompter: undefined,
        exit: () => {},
        whyLost: () => undefined,
      });
      return { code, stderr };
    };
    expect(await ui('no-such-run')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no run in') });
    expect(await ui('--port', '70000')).toMatchObject({ code: 2 });
    writeFileSync(join(directory, 'store.db'), 'garbage '.repeat(2_000));
    expect(await ui()).toMatchObject({ code: 3, stderr: expect.stringContaining('store.db') });
    rmSync(join(directory, 'store.db'));
    expect(await ui()).toMatchObject({ code: 3, stderr: expect.stringContaining('store.db') });
    writeFileSync(join(directory, 'run.json'), '{');
    expect(await ui(directory)).toMatchObject({ code: 3, stderr: expect.stringContaining('run.json') });
    rmSync(runs, { recursive: true });
    expect(await ui()).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no run in') });
  });

  it('takes the token from AGL_TOKEN, so that a page that is open goes on after a restart, and prints it nowhere', async () => {
    const token = 'a-token-from-the-environment';
    const env = { AGL_RUNS_DIRECTORY: ended.runs, AGL_TOKEN: token };
    const args = ['ui', '--json', '--port', String(await freePort())];
    const first = startAgl(args, { env });
    const { url, port } = JSON.parse(await first.line()) as { url: string; port: number };
    expect(url).toBe(`http://127.0.0.1:${port}/`);
    const feed = await EventFeed.open(`http://127.0.0.1:${port}`, token);
    const { id } = await feed.until(({ data }) => data.type === 'run-ended');
    first.child.kill('SIGTERM');
    const { stdout, stderr } = await first.ended;
    expect(stdout + stderr).not.toContain(token);
    const second = startAgl(args, { env });
    await second.line();
    const again = await EventFeed.open(`http://127.0.0.1:${port}`, token, id);
    await again.until(({ name }) => name === 'caught-up');
    expect(again.events).toHaveLength(1);
  });

  it('shows what the journal tells where the process of the run lets nobody read its store', async () => {
    const { runs, directory } = copyOfRun();
    // As the owner does where SQLite is not safe for several connections.
    const owner = new DatabaseSync(join(directory, 'store.db'));
    onTestFinished(() => owner.close());
    owner.exec("PRAGMA locking_mode = EXCLUSIVE; INSERT OR REPLACE INTO facts VALUES ('owner', '{}')");
    const ui = await startUi([], runs);
    expect(ui.said('stderr')).toMatch(/^warning: rollouts, workers and resources are not shown/);
    const feed = await EventFeed.open(ui.url, ui.token);
    await feed.until(({ data }) => data.type === 'run-ended');
    expect(await (await ui.send('/v1/agl/run')).json()).toMatchObject({ algorithm: 'search', rollouts: null });
    expect(await (await ui.send('/v1/agl/rollouts')).json()).toMatchObject({ total: 0 });
  });

  it('says who has the port', async () => {
    const first = await startUi([], ended.runs);
    const port = new URL(first.url).port;
    const second = await startAgl(['ui', '--port', port], { env: { AGL_RUNS_DIRECTORY: ended.runs } }).ended;
    expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining(`process ${first.child.pid}`) });
  });
});
