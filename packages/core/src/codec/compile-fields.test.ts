import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compileFields } from './compile-fields.ts';

const plain = (from: string, to: string) => ({ from, to, convert: undefined });

describe('compileFields()', () => {
  it('leaves out what is not there, and what a conversion makes nothing of', () => {
    const double = (value: unknown): unknown => (value === undefined ? 'none' : (value as number) * 2);
    const move = compileFields(
      [plain('a', 'b'), { from: 'c', to: 'd', convert: double }, { from: 'e', to: 'f', convert: () => undefined }],
      undefined,
    )!;
    expect(move({ a: 1, c: 2, e: 3, other: 4 })).toStrictEqual({ b: 1, d: 4 });
    expect(move({})).toStrictEqual({ d: 'none' });
  });

  it.each(['a-b', '', '1a', 'a;b', '__proto__', 'a"', 'a\n'])('refuses %j, which is no name of a field', (name) => {
    expect(() => compileFields([plain(name, 'b')], undefined)).toThrow(TypeError);
    expect(() => compileFields([plain('b', name)], undefined)).toThrow(TypeError);
  });

  it('is not needed: where no code may be made of texts, records are read and written all the same', async () => {
    const program = `
      import assert from 'node:assert/strict';
      import { attemptedRolloutCodec, spanInputCodec } from ${JSON.stringify(new URL('./records.ts', import.meta.url).href)};
      assert.throws(() => new Function(''));
      const attempt = { rollout_id: 'ro-1', attempt_id: 'at-1', sequence_id: 1, start_time: 1, end_time: null, status: 'preparing', worker_id: null, last_heartbeat_time: null, metadata: { aB: 1 } };
      const rollout = attemptedRolloutCodec.parse({ rollout_id: 'ro-1', input: { aB: 1 }, start_time: 1, attempt });
      assert.equal(rollout.attempt.attemptId, 'at-1');
      assert.deepEqual(attemptedRolloutCodec.encode(rollout).attempt, attempt);
      assert.throws(() => spanInputCodec.parse(attempt), /trace_id/);`;
    const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
    await expect(promisify(execFile)(process.execPath, flags)).resolves.toBeDefined();
  });
});
