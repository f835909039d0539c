import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder, startStore } from './running-agl.ts';

const KEY = 'sk-canary-0123456789';
const llm = {
  resource_type: 'llm',
  endpoint: 'http://127.0.0.1:1/v1',
  model: 'm',
  api_key: KEY,
  sampling_parameters: { temperature: 0 },
};

/** As a client of Agent Lightning for Python asks. */
async function ask(url: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/v1/agl/${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as unknown;
  expect([response.ok, answer]).toEqual([true, answer]);
  return answer;
}

it('a model endpoint that was acknowledged works after kill -9 and a restart, and its key is in no file and no log', async () => {
  const folder = emptyFolder();
  const args = ['--db', join(folder, 'store.db'), '--no-auth'];
  const filesWithKey = (): string[] =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(KEY));

  const first = await startStore(args);
  const added = await ask(first.listening.url, 'resources', { llm });
  first.child.kill('SIGKILL');
  const { stdout, stderr } = await first.ended;
  expect(added).toMatchObject({ resources: { llm } });
  expect(stdout + stderr).not.toContain(KEY);
  expect(filesWithKey()).toEqual([]);

  const second = await startStore(args);
  expect(await ask(second.listening.url, 'resources/latest')).toEqual(added);
  second.child.kill('SIGKILL');
  await second.ended;
  expect(filesWithKey()).toEqual([]);

  rmSync(join(folder, 'store.db.key'));
  const third = await startStore(args);
  for (let read = 0; read < 2; read += 1) {
    expect(await ask(third.listening.url, 'resources/latest')).toMatchObject({
      resources: { llm: { ...llm, api_key: null } },
    });
  }
  third.child.kill('SIGTERM');
  const said = (await third.ended).stderr;
  expect(said.split('cannot be opened with its key file')).toHaveLength(2);
  expect(said).toContain('store.db.key');
});
