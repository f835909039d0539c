import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LLM, type Logger, PromptTemplate, ProxyLLM, silentLogger } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

const KEY = 'sk-canary-0123456789';
const HEADER = 'canary-header-0123456789';
const PASSWORD = 'canary-password-0123456789';
const SECRETS = [KEY, HEADER, PASSWORD];
const prompt = new PromptTemplate({ template: 'Hi', engine: 'f-string' });
const resources = (apiKey: string | null = KEY) => ({
  prompt,
  model: new LLM({ endpoint: 'http://127.0.0.1:1', model: 'm', apiKey }),
  proxy: new ProxyLLM({
    endpoint: `http://user:${PASSWORD}@127.0.0.1:1`,
    model: 'm',
    samplingParameters: { temperature: 0, extra_headers: { Authorization: `Bearer ${HEADER}` } },
  }),
});
/** What is read when the secrets cannot be opened. */
const masked = {
  prompt,
  model: new LLM({ endpoint: 'http://127.0.0.1:1', model: 'm' }),
  proxy: new ProxyLLM({
    endpoint: 'http://user:***@127.0.0.1:1/',
    model: 'm',
    samplingParameters: { temperature: 0, extra_headers: { Authorization: '***' } },
  }),
};

const keyFile = () => files.path('store.db.key');

/** The secrets that some file holds, as they are or in base64. */
function secretsOnDisk(): string[] {
  const directory = dirname(files.path());
  const contents = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
  const seen = (secret: string): boolean =>
    contents.some((content) => {
      const encoded = Buffer.from(secret).toString('base64').slice(0, 20);
      return content.includes(secret) || content.includes(encoded);
    });
  return SECRETS.filter(seen);
}

/** Collects warnings. */
function warnings(): { logger: Logger; told: unknown[] } {
  const told: unknown[] = [];
  return { told, logger: { ...silentLogger, warn: (...args: unknown[]) => void told.push(args[0]) } };
}

describe('secrets of resources', () => {
  it('stay closed for a reader that is only to show them, which says nothing of it', async () => {
    const store = await files.open();
    const { resourcesId } = await store.addResources(resources());
    const { logger, told } = warnings();
    const reader = await files.open({ readOnly: true, secrets: 'masked', logger });
    expect((await reader.getResourcesById(resourcesId))?.resources).toEqual(masked);
    expect((await reader.getLatestResources())?.resources).toEqual(masked);
    expect((await reader.queryResources()).items[0]?.resources).toEqual(masked);
    expect(told).toEqual([]);
    await expect(files.open({ secrets: 'masked', path: files.path('other.db') })).rejects.toThrow(
      "Cannot open the store as 'secrets: masked' needs 'readOnly': what is masked must not be written back",
    );
  });

  it('are sealed in the file, and read as they were given, also after the store was opened again', async () => {
    const store = await files.open();
    const { resourcesId } = await store.addResources(resources());
    await store.updateResources('r', resources('another'));
    await store.updateResources('r', resources());
    expect(secretsOnDisk()).toEqual([]);
    for (const reader of [store, await files.open({ readOnly: true })]) {
      expect((await reader.getResourcesById(resourcesId))?.resources).toEqual(resources());
      expect((await reader.getLatestResources())?.resources).toEqual(resources());
      expect((await reader.queryResources()).items[1]?.resources).toEqual(resources());
      expect((await reader.queryResources({ sortBy: 'version' })).items[1]?.resources).toEqual(resources());
    }
    await store.close();
    expect(secretsOnDisk()).toEqual([]);
    const again = await files.open();
    expect((await again.getResourcesById('r'))?.resources).toEqual(resources());
  });

  it('are compared as they were given', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    const before = readFileSync(keyFile());
    await store.close();
    const again = await files.open();
    expect(await again.updateResources('r', resources())).toMatchObject({ version: 1, resources: resources() });
    expect(await again.updateResources('r', resources('another'))).toMatchObject({ version: 2 });
    expect(await again.updateResources('r', resources('another'), { countIdentical: true })).toMatchObject({
      version: 3,
    });
    expect(readFileSync(keyFile())).toEqual(before);
  });

  it('open in their own place alone', async () => {
    const store = await files.open();
    await store.updateResources('one', { model: resources().model });
    await store.updateResources('two', { model: resources('another').model });
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(files.path());
    db.exec("UPDATE resources SET resources = (SELECT resources FROM resources WHERE resources_id = 'one')");
    db.close();
    const again = await files.open();
    expect((await again.getResourcesById('one'))?.resources).toEqual({ model: resources().model });
    expect((await again.getResourcesById('two'))?.resources).toEqual({ model: masked.model });
  });
});

describe('records of a run', () => {
  it.each([
    JSON.stringify({ candidate: { model: resources().model.toJSON() } }),
    JSON.stringify({ json: JSON.stringify({ apiKey: KEY }) }),
    'sealed:not',
  ])('are sealed if they speak of API keys: %s', async (value) => {
    const store = await files.open();
    const records = [
      { kind: 'step', key: 'a', value: '{"plain":1}' },
      { kind: 'step', key: 'b', value },
    ];
    await store.runRecords.put('run', records);
    expect(await store.runRecords.load('run')).toEqual(records);
    await store.close();
    expect(secretsOnDisk()).toEqual([]);
    rmSync(keyFile());
    const again = await files.open();
    await expect(again.runRecords.load('run')).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      details: { reason: 'sealed' },
    });
  });
});

describe('the key file', () => {
  it('is made when the first secret comes, for this user alone', async () => {
    const umask = process.umask(0);
    try {
      const store = await files.open();
      await store.updateResources('r', { prompt, model: masked.model });
      expect(existsSync(keyFile())).toBe(false);
      await store.updateResources('r', resources());
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      expect(readdirSync(dirname(files.path())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    } finally {
      process.umask(umask);
    }
  });

  it('may be missing: everything but the secrets is read, one warning tells, and new ones are sealed', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.updateResources('s', resources());
    await store.close();
    rmSync(keyFile());
    const { logger, told } = warnings();
    const again = await files.open({ logger });
    expect((await again.getResourcesById('r'))?.resources).toEqual(masked);
    expect((await again.queryResources()).items.map((item) => item.resources)).toEqual([masked, masked]);
    expect(told).toEqual([{ keyFile: expect.stringMatching(/store\.db\.key$/), problem: 'it is missing' }]);
    expect(await again.updateResources('r', resources())).toMatchObject({ version: 2 });
    await again.close();
    const third = await files.open();
    expect((await third.getResourcesById('r'))?.resources).toEqual(resources());
    expect((await third.getResourcesById('s'))?.resources).toEqual(masked);
  });

  it('may be of another store: the same holds, and it stays as it is', async () => {
    const other = await files.open({ path: files.path('other.db') });
    await other.addResources(resources());
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.close();
    cpSync(files.path('other.db.key'), keyFile());
    const { logger, told } = warnings();
    const again = await files.open({ logger });
    expect((await again.getResourcesById('r'))?.resources).toEqual(masked);
    expect(told).toMatchObject([{ problem: expect.stringContaining('of another store') }]);
    await again.updateResources('n', resources());
    await again.close();
    expect(readFileSync(keyFile())).toEqual(readFileSync(files.path('other.db.key')));
    const third = await files.open();
    expect((await third.getResourcesById('n'))?.resources).toEqual(resources());
  });

  it('loses nothing when what was read without it is written back', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.close();
    const key = readFileSync(keyFile());
    rmSync(keyFile());
    const again = await files.open();
    const read = await again.getResourcesById('r');
    expect(await again.updateResources('r', read!.resources)).toMatchObject({ version: 1 });
    await again.close();
    writeFileSync(keyFile(), key);
    const third = await files.open();
    expect((await third.getResourcesById('r'))?.resources).toEqual(resources());
  });

  it('may be a link to where it is kept', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.close();
    renameSync(keyFile(), files.path('kept'));
    symlinkSync(files.path('kept'), keyFile());
    const again = await files.open();
    await again.updateResources('s', resources());
    expect((await again.getResourcesById('r'))?.resources).toEqual(resources());
    expect((await again.getResourcesById('s'))?.resources).toEqual(resources());
  });

  it('is made again when it is removed while the store is open', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    const before = readFileSync(keyFile());
    rmSync(keyFile());
    await store.updateResources('s', resources());
    expect(readFileSync(keyFile())).toEqual(before);
  });

  it.each([
    ['damaged', () => writeFileSync(keyFile(), 'nonsense'), /it holds no key/],
    ['empty', () => writeFileSync(keyFile(), ''), /it holds no key/],
    ['a directory', () => mkdirSync(keyFile()), /EISDIR/],
    ['a link to nowhere', () => symlinkSync(files.path('nowhere'), keyFile()), /it is missing/],
  ])('is left as it is when it is %s: secrets are refused, all else is stored', async (_, spoil, problem) => {
    const store = await files.open();
    spoil();
    const adding = store.addResources(resources());
    await expect(adding).rejects.toThrow(problem);
    await expect(adding).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'key-file' } });
    expect((await store.addResources({ prompt })).resources).toEqual({ prompt });
    expect((await store.queryResources()).total).toBe(1);
    expect(existsSync(files.path('nowhere'))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('may be closed to whoever reads along', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    chmodSync(keyFile(), 0);
    const { logger, told } = warnings();
    const reader = await files.open({ readOnly: true, logger });
    expect((await reader.getResourcesById('r'))?.resources).toEqual(masked);
    expect(told).toHaveLength(1);
  });

  it('is not in a backup, which opens with it all the same', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.backup(files.path('copy.db'));
    expect(existsSync(files.path('copy.db.key'))).toBe(false);
    const copy = await files.open({ path: files.path('copy.db') });
    expect((await copy.getResourcesById('r'))?.resources).toEqual(masked);
    await copy.close();
    cpSync(keyFile(), files.path('copy.db.key'));
    const whole = await files.open({ path: files.path('copy.db') });
    expect((await whole.getResourcesById('r'))?.resources).toEqual(resources());
  });
});
