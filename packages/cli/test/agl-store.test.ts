import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LightningStoreClient } from '@agentlightning/store-http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyFolder, type ListeningLine, startAgl, startStore } from './running-agl.ts';

const MEMORY = ['--memory'];

/** A client that is closed when the test ends. */
function connect({ url }: ListeningLine, token: string | null): LightningStoreClient {
  const client = new LightningStoreClient({ url, token });
  onTestFinished(() => client.close());
  return client;
}

async function statusOf(url: string, authorization?: string): Promise<number> {
  const response = await fetch(`${url}/v1/agl/statistics`, {
    headers: authorization === undefined ? {} : { authorization },
  });
  await response.text();
  return response.status;
}

describe('agl store', () => {
  it('listens on loopback, says where in one line of JSON, and serves a client with the token it printed', async () => {
    const { listening, said } = await startStore(MEMORY);
    expect(listening).toMatchObject({ event: 'listening', host: '127.0.0.1', store: 'memory', auth: true });
    expect(listening.url).toBe(`http://127.0.0.1:${listening.port}`);
    const client = connect(listening, listening.token!);
    const { rolloutId } = await client.enqueueRollout({ input: 'task' });
    expect(await client.dequeueRollout()).toMatchObject({ rolloutId });
    expect(said('stdout').trim().split('\n')).toHaveLength(1);
  });

  it('says it in one line for people, and the token once, on standard error', async () => {
    const agl = startAgl(['store', '--memory', '--port', '0']);
    const [, url] = /^The store listens on (http:\/\/127\.0\.0\.1:\d+), in memory, with a token$/.exec(
      await agl.line(),
    )!;
    agl.child.kill('SIGTERM');
    const { stdout, stderr } = await agl.ended;
    const [, token] = /^Token, made for this start: (\S+)$/m.exec(stderr)!;
    expect(stderr).toContain(`http://agl:${token}@${url!.replace('http://', '')}`);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(stdout).not.toContain(token);
  });

  it('takes the token from AGL_TOKEN, and prints it nowhere', async () => {
    const token = 'a-token-from-the-environment';
    const { listening, child, ended } = await startStore(MEMORY, { env: { AGL_TOKEN: token } });
    expect(await statusOf(listening.url, `Bearer ${token}`)).toBe(200);
    expect(await statusOf(listening.url, 'Bearer other')).toBe(401);
    child.kill('SIGTERM');
    const { stdout, stderr } = await ended;
    expect(stdout + stderr).not.toContain(token);
    expect(listening.token).toBeUndefined();
  });

  it('makes the file of --token-file for its owner alone, and takes the token from it the next time', async () => {
    const cwd = emptyFolder();
    const file = join(cwd, 'token');
    const first = await startStore([...MEMORY, '--token-file', 'token'], { cwd });
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await statusOf(first.listening.url, `Bearer ${token}`)).toBe(200);
    first.child.kill('SIGTERM');
    const { stdout, stderr } = await first.ended;
    expect(stdout + stderr).not.toContain(token);

    const second = await startStore([...MEMORY, '--token-file', 'token'], { cwd, env: { AGL_TOKEN: 'other' } });
    expect(await statusOf(second.listening.url, `Bearer ${token}`)).toBe(200);
    expect(await statusOf(second.listening.url, 'Bearer other')).toBe(401);
  });

  it('warns of a token file that others may read', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'token'), 'a-token-in-a-file-of-everybody\n');
    chmodSync(join(cwd, 'token'), 0o644);
    const { child, ended } = await startStore([...MEMORY, '--token-file', 'token'], { cwd });
    child.kill('SIGTERM');
    expect((await ended).stderr).toMatch(/warning: other users may read the token file token/);
  });

  it('asks nobody for a token with --no-auth, so that a client knows it by its URL alone', async () => {
    const { listening } = await startStore([...MEMORY, '--no-auth']);
    expect(listening).toMatchObject({ auth: false });
    expect(await statusOf(listening.url)).toBe(200);
    // A token that a client shows all the same does no harm.
    expect(await statusOf(listening.url, 'Bearer any')).toBe(200);
  });

  it('sees a timeout when it is due, so that the next request finds it', async () => {
    const { listening } = await startStore([...MEMORY, '--no-auth']);
    const client = connect(listening, null);
    const config = { timeoutSeconds: 0.2, maxAttempts: 2, retryCondition: ['timeout' as const] };
    const { rolloutId } = await client.enqueueRollout({ input: 1, config });
    await client.dequeueRollout();
    // Comes when the attempt is over, without a request in between that would look.
    expect(await client.dequeueRollout({ waitMs: 20_000 })).toMatchObject({ rolloutId, attempt: { sequenceId: 2 } });
    expect(await client.queryAttempts(rolloutId)).toMatchObject({ items: [{ status: 'timeout' }, {}] });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends by %s with %i, and what clients have parked ends with it', async (signal, code) => {
    const { listening, child, ended } = await startStore([...MEMORY, '--no-auth']);
    const client = connect(listening, null);
    const claim = client.dequeueRollout({ workerId: 'patient', waitMs: 30_000 }).catch((error: unknown) => error);
    await expect.poll(async () => (await client.queryWorkers()).total).toBe(1);
    child.kill(signal);
    expect(await ended).toMatchObject({ code, signal: null });
    await client.close();
    expect(await claim).toBeInstanceOf(Error);
  });
});

describe('agl store refuses', () => {
  it.each([
    ['a host that others reach without a token', [...MEMORY, '--no-auth', '--host', '0.0.0.0'], /loopback/],
    ['a token file beside --no-auth', [...MEMORY, '--no-auth', '--token-file', 't'], /--no-auth and --token-file/],
    ['a port that is none', [...MEMORY, '--port', '65536'], /an integer from 0 to 65535/],
    ['a port that is no number', [...MEMORY, '--port', '1e3'], /an integer from 0 to 65535/],
    ['an option that is misspelt', [...MEMORY, '--prot', '0'], /Did you mean --port/],
    ['a token on the command line', [...MEMORY, '--token', 'x'], /unknown option '--token'/],
    ['arguments that it has not', [...MEMORY, 'extra'], /too many arguments/],
    [
      'a token file in a folder that is not there',
      [...MEMORY, '--token-file', 'none/token'],
      /Cannot use the token file/,
    ],
  ])('%s, with 2', async (_, args, message) => {
    const { code, stdout, stderr } = await startAgl(['store', ...args]).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('a token that no header can carry, and does not repeat it', async () => {
    const { code, stderr } = await startAgl(['store', ...MEMORY], { env: { AGL_TOKEN: 'se cret' } }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/AGL_TOKEN: a token is visible ASCII/);
    expect(stderr).not.toContain('se cret');
  });

  it('to write a token through a link that somebody has put there', async () => {
    const cwd = emptyFolder();
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'token'));
    const { code } = await startAgl(['store', ...MEMORY, '--token-file', 'token'], { cwd }).ended;
    expect(code).toBe(2);
    expect(() => statSync(join(cwd, 'elsewhere'))).toThrow(/ENOENT/);
  });

  it('an address that is in use, with 4', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await startAgl(['store', ...MEMORY, '--port', String(port)]).ended;
    expect(code).toBe(4);
    expect(stderr).toMatch(`127.0.0.1:${port} is in use`);
  });
});
