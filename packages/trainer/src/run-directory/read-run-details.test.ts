import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStore } from '@agentlightning/store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newestRun, readBestPromptText, readRunDetails } from './read-run-details.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'runs-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const header = {
  format: 1,
  run_id: 'run-1',
  start_time: 100,
  command: { script: '/s/train.ts', arguments: [], directory: '/s', node_version: '24.0.0' },
  fingerprint: {
    algorithm: 'APO',
    algorithm_options: { beamWidth: 2, api_key: 'sk-in-options' },
    train_dataset: { rows: 3, hash: 'h', row_hashes: 'r' },
    val_dataset: { rows: 2, hash: 'h', row_hashes: 'r' },
    test_dataset: null,
    initial_resources: { prompt: { hash: 'h', shown: '<script>alert(1)</script>' } },
    rollout: { maxAttempts: 3 },
    seed: 7,
    version: '0.1.0',
  },
};

function makeRun(name: string, changes: object = {}): string {
  const directory = join(parent, name);
  mkdirSync(directory);
  makeStore(join(directory, 'store.db'));
  writeFileSync(join(directory, 'run.json'), JSON.stringify({ ...header, ...changes }));
  return directory;
}

describe('readRunDetails()', () => {
  it('tells what the files of a run say, and what has no file yet as null', async () => {
    const directory = makeRun('run-1');
    expect(await readRunDetails(directory)).toMatchObject({
      runId: 'run-1',
      directory,
      status: 'broken-off',
      algorithm: 'APO',
      agent: null,
      datasets: { train: 3, val: 2, test: null },
      initialResources: { prompt: '<script>alert(1)</script>' },
      rolloutConfig: { maxAttempts: 3 },
      seed: 7,
      rollouts: 0,
      bestScore: null,
      result: null,
    });
  });

  it('tells the name of the agent, which runs of earlier versions have not', async () => {
    expect(await readRunDetails(makeRun('run-1', { agent: 'RoomSelector' }))).toMatchObject({ agent: 'RoomSelector' });
  });

  it('tells the result of a run that has ended, but not one that is damaged', async () => {
    const directory = makeRun('run-1');
    writeFileSync(join(directory, 'result.json'), JSON.stringify({ stopReason: 'completed', counts: { n: 1 } }));
    const details = await readRunDetails(directory);
    expect(details).toMatchObject({ status: 'completed', stopReason: 'completed', result: { counts: { n: 1 } } });
    writeFileSync(join(directory, 'result.json'), '{"stopReason":');
    expect(await readRunDetails(directory)).toMatchObject({ status: 'broken-off', result: null });
  });

  it('tells no secret: neither keys of options nor arguments that are named like one', async () => {
    const args = ['--api-key', 'sk-one', '--openai-token=sk-two', '-password', 'sk-three', '--rounds', '3', 'tasks'];
    const directory = makeRun('run-1', { command: { ...header.command, arguments: args } });
    const details = await readRunDetails(directory);
    expect(JSON.stringify(details)).not.toContain('sk-');
    expect(details.command.arguments).toEqual([
      ...['--api-key', '***', '--openai-token=***', '-password', '***', '--rounds', '3', 'tasks'],
    ]);
  });

  it('reads a header that another version has written', async () => {
    const directory = makeRun('run-1', {
      fingerprint: { algorithm: 7, train_dataset: 'many', initial_resources: null },
    });
    expect(await readRunDetails(directory)).toMatchObject({
      algorithm: null,
      datasets: { train: null, val: null, test: null },
      initialResources: {},
      seed: null,
      version: null,
    });
  });

  it('says so if there is no run, or its header is damaged', async () => {
    await expect(readRunDetails(join(parent, 'gone'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const directory = makeRun('run-1');
    writeFileSync(join(directory, 'run.json'), '{');
    await expect(readRunDetails(directory)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
  });
});

describe('readBestPromptText()', () => {
  it('is the file as it is, and nothing as long as there is none', async () => {
    const directory = makeRun('run-1');
    expect(await readBestPromptText(directory)).toBeUndefined();
    writeFileSync(join(directory, 'best_prompt.json'), '{"a": 1}\n');
    expect(await readBestPromptText(directory)).toBe('{"a": 1}\n');
  });
});

describe('newestRun()', () => {
  it('is the run that began last, whatever its name, and passes over what is none', async () => {
    makeRun('z', { start_time: 100 });
    const newest = makeRun('a', { start_time: 200 });
    writeFileSync(join(makeRun('damaged', { start_time: 300 }), 'run.json'), '{');
    mkdirSync(join(parent, 'empty'));
    writeFileSync(join(parent, 'file'), '');
    expect(await newestRun(parent)).toBe(newest);
  });

  it('says so if there is none', async () => {
    await expect(newestRun(parent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(newestRun(join(parent, 'gone'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
