import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readTold, toldKeyOf } from './told-events.ts';

it('knows events by type and key, and leaves out lines that cannot be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agl-told-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'journal.jsonl');
  expect(await readTold(path)).toEqual(new Set());
  await writeFile(path, '{"type":"held-out"}\n{"type":"algorithm-event","key":"r1/x"}\nnull\n{"type":"cut o');
  const told = await readTold(path);
  expect(told).toEqual(new Set(['held-out', 'algorithm-event r1/x']));
  const event = { type: 'algorithm-event', key: 'r1/x', event: { type: 'custom', name: 'x', data: 1 } } as const;
  expect(told.has(toldKeyOf(event))).toBe(true);
});
