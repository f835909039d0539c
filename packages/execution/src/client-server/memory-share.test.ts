import { describe, expect, it } from 'vitest';
import { memoryShare } from './memory-share.ts';

const GB = 2 ** 30;

describe('memoryShare()', () => {
  it('is an equal share of three quarters of the memory', () => {
    expect(memoryShare(8, 16 * GB)).toEqual({ heapMb: 1536, rssMb: 1536 });
  });

  it('is at least what an agent needs', () => {
    expect(memoryShare(64, 4 * GB)).toEqual({ heapMb: 512, rssMb: 1024 });
  });

  it('lets no JavaScript heap grow beyond 4 GB', () => {
    expect(memoryShare(1, 64 * GB)).toEqual({ heapMb: 4096, rssMb: 49_152 });
  });

  it('goes by the memory of this machine', () => {
    expect(memoryShare(1_000_000)).toEqual({ heapMb: 512, rssMb: 1024 });
  });
});
