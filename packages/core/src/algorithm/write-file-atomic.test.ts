import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeUnderFreeName, writeFileAtomic } from './write-file-atomic.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'write-file-atomic-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('writeFileAtomic()', () => {
  it('writes text and bytes, replaces what was there, and leaves nothing else behind', async () => {
    const path = join(directory, 'a.json');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, new TextEncoder().encode('two'));
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(directory)).toEqual(['a.json']);
  });

  it('gives the file its mode', async () => {
    const path = join(directory, 'secret');
    await writeFileAtomic(path, 'x', { mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('lets exactly one of many writers have a name that must be free', async () => {
    const path = join(directory, 'a');
    const writers = Array.from({ length: 20 }, (_, index) =>
      writeFileAtomic(path, `writer ${index}`, { overwrite: false }),
    );
    const outcomes = await Promise.allSettled(writers);
    const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(`writer ${winners[0]}`);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT', details: { path } });
    }
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('leaves nothing behind when it fails', async () => {
    const path = join(directory, 'taken');
    await mkdir(join(path, 'by-a-directory'), { recursive: true });
    await expect(writeFileAtomic(path, 'x')).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['taken']);
  });

  it('does not write through a dangling link when the name must be free', async () => {
    const path = join(directory, 'link');
    await symlink(join(directory, 'elsewhere'), path);
    await expect(writeFileAtomic(path, 'x', { overwrite: false })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(directory)).toEqual(['link']);
  });

  it('says when the directory does not exist', async () => {
    await expect(writeFileAtomic(join(directory, 'no', 'a'), 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('placeUnderFreeName()', () => {
  const noLinks = (): Promise<void> => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));

  it('does without links where the file system has none', async () => {
    const [draft, path] = [join(directory, 'draft'), join(directory, 'a')];
    await writeFile(draft, 'x');
    await placeUnderFreeName(draft, path, noLinks);
    expect(await readFile(path, 'utf8')).toBe('x');
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('keeps what has the name there as well', async () => {
    const [draft, path] = [join(directory, 'draft'), join(directory, 'a')];
    await writeFile(draft, 'x');
    await writeFile(path, 'kept');
    await expect(placeUnderFreeName(draft, path, noLinks)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('kept');
  });
});
