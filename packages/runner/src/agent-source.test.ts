import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LightningError, type ModuleSource } from '@agentlightning/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentSource, instanceSource } from './agent-source.ts';
import { rollout } from './function-agents.ts';
import { LitAgent } from './lit-agent.ts';
import { loadAgent, loadFromSource } from './load-from-source.ts';
import { ConstantAgent, double, makeHidden } from './test-data/agents.ts';

const AGENTS_URL = new URL('./test-data/agents.ts', import.meta.url);

async function failure(promise: Promise<unknown>): Promise<LightningError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LightningError);
  expect((error as LightningError).code).toBe('SOURCE_NOT_LOADABLE');
  return error as LightningError;
}

interface ThreadAnswer {
  readonly result?: unknown;
  readonly code?: string;
  readonly message?: string;
}

async function loadInThread(source: ModuleSource): Promise<ThreadAnswer> {
  const thread = new Worker(new URL('./test-data/load-in-thread.ts', import.meta.url), {
    workerData: source,
    execArgv: [],
  });
  const [answer] = (await once(thread, 'message')) as [ThreadAnswer];
  await thread.terminate();
  return answer;
}

describe('agentSource()', () => {
  it('finds the class of an instance among the exports of its module, and takes its options along', async () => {
    expect(await agentSource(new ConstantAgent({ reward: 3 }))).toEqual({
      moduleUrl: AGENTS_URL.href,
      exportName: 'ConstantAgent',
      options: { reward: 3 },
    });
  });

  it('finds a function agent among the exports of its module', async () => {
    expect(await agentSource(double)).toEqual({ moduleUrl: AGENTS_URL.href, exportName: 'double' });
  });

  it('answers a source as it is', async () => {
    const source = { moduleUrl: AGENTS_URL.href, exportName: 'makeAgent', options: { reward: 1 } };
    expect(await agentSource(source)).toBe(source);
  });

  it('finds the only agent of a module, and prefers the default export', async () => {
    const single = new URL('./test-data/single-agent.ts', import.meta.url);
    const byDefault = new URL('./test-data/default-agent.ts', import.meta.url);
    expect(await agentSource(single)).toEqual({ moduleUrl: single.href, exportName: 'agent' });
    expect(await agentSource(byDefault)).toEqual({ moduleUrl: byDefault.href, exportName: 'default' });
  });

  it('lists the agents of a module that has several, and what a module without one exports', async () => {
    expect((await failure(agentSource(AGENTS_URL))).message).toContain('several: ConstantAgent, Failing, double');
    const none = await failure(agentSource(new URL('./test-data/no-agent.ts', import.meta.url)));
    expect(none.message).toContain('none of its exports is one (answer)');
  });

  it('shows what to write for a class that does not say where it is from', async () => {
    class RoomAgent extends LitAgent {}
    const { message } = await failure(agentSource(new RoomAgent()));
    expect(message).toContain("'RoomAgent'");
    expect(message).toContain('static override readonly');
    expect(message).toContain('moduleUrl = import.meta.url');
  });

  it('shows what to write for a closure', async () => {
    const { message } = await failure(agentSource(rollout(() => 1)));
    expect(message).toContain("import { rollout } from 'agentlightning';");
    expect(message).toContain('export const agent = rollout(');
    expect(message).toContain('{ moduleUrl: import.meta.url }');
  });

  it('says when the class is not exported', async () => {
    const { message } = await failure(agentSource(makeHidden()));
    expect(message).toContain('does not export class Hidden');
  });

  it('refuses options that cannot be sent', async () => {
    const agent = new ConstantAgent({ reward: 1, client: () => {} } as never);
    expect((await failure(agentSource(agent))).message).toContain('structuredClone');
  });
});

describe('instanceSource()', () => {
  it('says what kind of object cannot be sent', async () => {
    const { message } = await failure(instanceSource({ onRolloutStart() {} }, 'hook'));
    expect(message).toContain('Cannot send the hook to another thread');
    expect(message).toContain('export class MyHook … {\n    static readonly moduleUrl = import.meta.url;');
  });
});

describe('loadAgent()', () => {
  let directory: string;
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text);
    return pathToFileURL(path).href;
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-source-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('makes an equal agent of a class, a function agent, and a function that makes agents', async () => {
    const ofClass = await loadAgent(await agentSource(new ConstantAgent({ reward: 3 })));
    expect(ofClass).toBeInstanceOf(ConstantAgent);
    expect((ofClass as ConstantAgent).options).toEqual({ reward: 3 });
    expect(await loadAgent(await agentSource(double))).toBe(double);
    const made = await loadAgent({ moduleUrl: AGENTS_URL.href, exportName: 'makeAgent', options: { reward: 5 } });
    expect((made as ConstantAgent).options).toEqual({ reward: 5 });
  });

  it('names the exports when the wanted one is missing', async () => {
    const { message } = await failure(loadAgent({ moduleUrl: AGENTS_URL.href, exportName: 'Constant' }));
    expect(message).toContain("Cannot load 'Constant'");
    expect(message).toContain('ConstantAgent');
  });

  it('says so when the export is no agent', async () => {
    const { message } = await failure(loadAgent({ moduleUrl: AGENTS_URL.href, exportName: 'settings' }));
    expect(message).toContain('not an agent');
  });

  it('keeps what a constructor threw as the cause', async () => {
    const { message, cause } = await failure(loadAgent({ moduleUrl: AGENTS_URL.href, exportName: 'Failing' }));
    expect(message).toContain('no room');
    expect(cause).toMatchObject({ message: 'no room' });
  });

  it('says what to do about a module that is not there', async () => {
    const { message } = await failure(
      loadAgent({ moduleUrl: new URL('./nowhere.ts', AGENTS_URL).href, exportName: 'default' }),
    );
    expect(message).toContain('Check the path');
  });

  it('reports a module that throws while it is loaded', async () => {
    const moduleUrl = await write('throws.mjs', "throw new Error('no key in the environment');");
    const { message, cause } = await failure(loadAgent({ moduleUrl, exportName: 'default' }));
    expect(message).toContain('no key in the environment');
    expect(cause).toBeInstanceOf(Error);
  });

  it('makes agents in a thread that runs TypeScript without a build', async () => {
    expect(await loadInThread(await agentSource(double))).toEqual({ result: 42 });
    expect(await loadInThread(await agentSource(new ConstantAgent({ reward: 3 })))).toEqual({ result: 3 });
  });

  it('says what to write when Node cannot strip the types', async () => {
    const moduleUrl = await write('with-enum.ts', 'export enum Room { A }');
    const answer = await loadInThread({ moduleUrl, exportName: 'Room' });
    expect(answer).toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
    expect(answer.message).toContain('write no enum, namespace or parameter property');
  });

  it('hands the object to the check of the caller', async () => {
    const source = { moduleUrl: AGENTS_URL.href, exportName: 'settings' };
    expect(await loadFromSource(source, (value) => value as { reward: number })).toEqual({ reward: 1 });
    await failure(
      loadFromSource(source, () => {
        throw new TypeError('it is no hook');
      }),
    );
  });
});
