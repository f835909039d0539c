import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRng, isLightningError, PromptTemplate } from '@agentlightning/core';
import { testSeed } from '@agentlightning/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { checkStore } from '../src/store-files.ts';
import { spanOf } from './spans.ts';
import { StoreFiles } from './store-files.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const files = new StoreFiles();
const RUN = 'run-1';

/** A store with work and records in it, closed. */
let whole: Buffer;
let records: string;
beforeAll(async () => {
  const directory = makeTemporaryDirectory();
  const path = `${directory.path}/store.db`;
  const store = await SqliteLightningStore.open({ path });
  await store.enqueueManyRollouts(Array.from({ length: 60 }, (_, index) => ({ input: `${index} ${'x'.repeat(300)}` })));
  for (let step = 0; step < 40; step += 1) {
    await store.runRecords.put(RUN, [{ kind: 'step', key: `s${step}`, value: JSON.stringify('y'.repeat(20 * step)) }]);
  }
  await store.runRecords.put(RUN, [{ kind: 'step', key: 'reply', value: JSON.stringify('What the model said') }]);
  records = JSON.stringify(await store.runRecords.load(RUN));
  await store.close();
  whole = readFileSync(path);
  directory.remove();
});

/** What comes of a store that is known to have been there: what it says of its damage, or `whole` if all records are as they were. */
async function openDamaged(bytes: Buffer, options: { readonly readOnly?: true } = {}): Promise<string> {
  const path = files.path();
  writeFileSync(path, bytes);
  try {
    const store = await SqliteLightningStore.open({ path, ...(options.readOnly ? options : { create: false }) });
    try {
      const found = JSON.stringify(await store.runRecords.load(RUN));
      return found === records ? 'whole' : 'other records';
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isLightningError(error, 'STORE_UNREADABLE')) return String(error);
    expect(error.message).toMatch(/backup|Open it with that version/);
    return String(error.details['reason']);
  }
}

describe('a store that is known to have been there', () => {
  it('is refused at every length to which it may be cut', async () => {
    const lengths = [1, 16, 99, 100, 511, ...Array.from({ length: whole.length / 4096 }, (_, index) => index * 4096)];
    for (const length of [...lengths, whole.length - 1]) {
      for (const off of [0, 1]) {
        const cut = whole.subarray(0, Math.min(length + off, whole.length - 1));
        expect([cut.length, await openDamaged(cut)]).toEqual([
          cut.length,
          expect.stringMatching(/^(missing|foreign|damaged)$/),
        ]);
      }
    }
  });

  it('is refused when it is gone, empty, or full of zeros', async () => {
    await expect(SqliteLightningStore.open({ path: files.path('gone.db'), create: false })).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      details: { reason: 'missing' },
    });
    expect(await openDamaged(Buffer.alloc(0))).toBe('missing');
    expect(await openDamaged(Buffer.alloc(0), { readOnly: true })).toBe('missing');
    expect(await openDamaged(Buffer.alloc(whole.length))).toMatch(/^(foreign|damaged)$/);
  });

  it('is refused with any page of zeros', async () => {
    const page = whole.readUInt16BE(16);
    for (let start = 0; start < whole.length; start += page) {
      const damaged = Buffer.from(whole).fill(0, start, start + page);
      expect([start / page, await openDamaged(damaged)]).toEqual([
        start / page,
        expect.stringMatching(/^(foreign|damaged)$/),
      ]);
    }
  });

  it('never answers with other records after one bit was turned over, nor with an error of another kind', async () => {
    const seed = testSeed('the bits that are turned over');
    const flips = Number(process.env['AGL_DAMAGE_FLIPS'] ?? 250);
    const rng = createRng(String(seed));
    const seen = new Map<string, number>();
    for (let flip = 0; flip < flips; flip += 1) {
      // Half of them in the header, where they do most.
      const offset = flip % 2 === 0 ? rng.int(100) : rng.int(whole.length);
      const damaged = Buffer.from(whole);
      damaged[offset]! ^= 1 << rng.int(8);
      const verdict = await openDamaged(damaged);
      expect([verdict, `seed ${seed}`, offset]).toEqual([
        expect.stringMatching(/^(whole|damaged|foreign|newer|missing)$|read-only/),
        expect.anything(),
        expect.anything(),
      ]);
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    }
    expect(seen.get('damaged')).toBeGreaterThan(0);
  });

  it.each([
    ['a column of the records', 'checksum INTEGER', 'checksul INTEGER'],
    ['the status that an index is of', "IN ('queuing', 'requeuing')", "IN ('queuing', 'requeuinf')"],
  ])('is refused when its tables have another name for %s', async (_, text, damage) => {
    const bytes = whole.toString('latin1');
    expect(bytes).toContain(text);
    expect(await openDamaged(Buffer.from(bytes.replaceAll(text, damage), 'latin1'))).toBe('damaged');
  });

  it('is refused when a record says something else than what was written', async () => {
    const damaged = Buffer.from(whole.toString('latin1').replaceAll('the model said', 'the model paid'), 'latin1');
    expect(await openDamaged(damaged)).toBe('damaged');
  });

  it.each([
    ['a rollout', '"7 xxx', '~7 xxx'],
    ['a span', '"name":"n"', '"name":~n"'],
    ['a snapshot', '"template":"Hi"', '"template":~Hi"'],
    ['the stats of a worker', '{"load":1}', '~"load":1}'],
  ])('is named as damaged by whoever reads %s whose text is no JSON any more', async (_, text, damage) => {
    const path = files.path();
    writeFileSync(path, whole);
    const before = await files.open({ path });
    const started = await before.startRollout({ input: 1 });
    await before.addSpan(spanOf(started, { name: 'n' }));
    await before.addResources({ prompt: new PromptTemplate({ template: 'Hi', engine: 'f-string' }) });
    await before.updateWorker('w-1', { heartbeatStats: { load: 1 } });
    await before.close();
    const bytes = readFileSync(path).toString('latin1');
    expect(bytes).toContain(text);
    writeFileSync(path, Buffer.from(bytes.replaceAll(text, damage), 'latin1'));
    const store = await files.open({ path });
    const reads = [
      () => store.queryRollouts(),
      () => store.querySpans({ rolloutId: started.rolloutId }),
      () => store.getLatestResources(),
      () => store.getWorkerById('w-1'),
    ];
    const results = await Promise.allSettled(reads.map((read) => read()));
    expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'STORE_UNREADABLE', message: expect.stringContaining(path), details: { reason: 'damaged' } } },
    ]);
  });

  it('is named as damaged by whoever looks for metadata where some is no JSON any more', async () => {
    const before = await files.open();
    await before.enqueueRollout({ input: 1, metadata: { topic: 'rooms' } });
    await before.close();
    const bytes = readFileSync(files.path()).toString('latin1');
    expect(bytes).toContain('{"topic":"rooms"}');
    writeFileSync(files.path(), Buffer.from(bytes.replaceAll('{"topic":"rooms"}', '~"topic":"rooms"}'), 'latin1'));
    const store = await files.open();
    await expect(store.queryRollouts({ metadataIn: ['topic=rooms'] })).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      details: { reason: 'damaged' },
    });
  });

  it('is refused when its process died and the file of its last changes is gone', async () => {
    const owner = await files.open({ path: files.path('owner.db') });
    await owner.runRecords.put(RUN, [{ kind: 'step', key: 's', value: '1' }]);
    // As a killed process leaves it, but for the log.
    const path = files.path('copy.db');
    copyFileSync(files.path('owner.db'), path);
    const refusal = { code: 'STORE_UNREADABLE', details: { reason: 'log-missing' } };
    for (const readOnly of [true, false, true, false]) {
      await expect(SqliteLightningStore.open({ path, readOnly })).rejects.toMatchObject(refusal);
    }
    copyFileSync(files.path('owner.db-wal'), `${path}-wal`);
    const next = await files.open({ path });
    expect(await next.runRecords.load(RUN)).toHaveLength(1);
  });

  it('is refused when that file is damaged from its beginning on, and goes on from an earlier moment when it is emptied', async () => {
    const owner = await files.open({ path: files.path('owner.db') });
    await owner.runRecords.put(RUN, [{ kind: 'step', key: 's', value: '1' }]);
    const path = files.path('copy.db');
    const log = readFileSync(files.path('owner.db-wal'));
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(log);
      copy[at]! ^= 1;
      return copy;
    };
    const damages = [Buffer.from('no log at all, and a good deal of it'), log.subarray(0, 20), flipped(1), flipped(18)];
    const refusal = { code: 'STORE_UNREADABLE', details: { reason: 'log-damaged' } };
    for (const damage of damages) {
      for (const readOnly of [true, false]) {
        copyFileSync(files.path('owner.db'), path);
        writeFileSync(`${path}-wal`, damage);
        await expect(SqliteLightningStore.open({ path, readOnly })).rejects.toMatchObject(refusal);
        expect(readFileSync(`${path}-wal`)).toEqual(damage);
      }
    }
    for (const kept of [Buffer.alloc(0), Buffer.alloc(4096)]) {
      writeFileSync(`${path}-wal`, kept);
      const store = await SqliteLightningStore.open({ path, readOnly: true });
      expect(await store.runRecords.load(RUN)).toEqual([]);
      await store.close();
    }
    writeFileSync(`${path}-wal`, log);
    expect(await (await files.open({ path })).runRecords.load(RUN)).toHaveLength(1);
  });

  it('is taken without that file by somebody who says that nothing is lost', async () => {
    await files.open({ path: files.path('owner.db') });
    const path = files.path('copy.db');
    copyFileSync(files.path('owner.db'), path);
    writeFileSync(`${path}-wal`, '');
    const next = await files.open({ path });
    await next.close();
    await files.open({ path });
  });

  it('is refused without the key of what is sealed in its records, before anybody goes on from them', async () => {
    const store = await files.open();
    await store.runRecords.put(RUN, [{ kind: 'best', key: '', value: '{"api_key":"sk-canary"}' }]);
    await store.close();
    checkStore(files.path(), RUN);
    renameSync(`${files.path()}.key`, files.path('elsewhere'));
    expect(() => checkStore(files.path(), RUN)).toThrow(
      expect.objectContaining({
        code: 'STORE_UNREADABLE',
        message: expect.stringContaining('Put the right key file beside it'),
        details: expect.objectContaining({ reason: 'sealed' }),
      }),
    );
    renameSync(files.path('elsewhere'), `${files.path()}.key`);
    checkStore(files.path(), RUN);
  });

  it('needs no such file once it was closed, nor does a backup of it', async () => {
    const owner = await files.open();
    await owner.runRecords.put(RUN, [{ kind: 'step', key: 's', value: '1' }]);
    await owner.backup(files.path('backup.db'));
    await owner.close();
    copyFileSync(files.path(), files.path('copy.db'));
    for (const name of ['copy.db', 'backup.db']) {
      const store = await files.open({ path: files.path(name) });
      expect(await store.runRecords.load(RUN)).toHaveLength(1);
    }
  });
});
