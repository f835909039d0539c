import { describe, expect, it } from 'vitest';
import { WASM_PAGE_BYTES, withWasmMemoryLimit } from './wasm-memory-limit.ts';

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { m: { buffer: ArrayBuffer; grow(pages: number): number } } };
};

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** (memory (export "m") 2) */
const MODULE = Uint8Array.from([...HEADER, 5, 3, 1, 0, 2, 7, 5, 1, 1, 0x6d, 2, 0]);

describe('withWasmMemoryLimit()', () => {
  it('lets the memory grow to the limit and no further', () => {
    const limited = withWasmMemoryLimit(MODULE, 200 * WASM_PAGE_BYTES);
    const { m } = new WebAssembly.Instance(new WebAssembly.Module(limited)).exports;
    expect(m.grow(198)).toBe(2);
    expect(m.buffer.byteLength).toBe(200 * WASM_PAGE_BYTES);
    expect(() => m.grow(1)).toThrow(RangeError);
  });

  it('leaves the module that it was given as it was', () => {
    const before = Uint8Array.from(MODULE);
    withWasmMemoryLimit(MODULE, WASM_PAGE_BYTES * 4);
    expect(MODULE).toEqual(before);
  });

  it.each([
    ['without a memory', HEADER],
    ['whose memory has a maximum', [...HEADER, 5, 4, 1, 1, 2, 3]],
    ['cut short', [...HEADER, 5]],
  ])('refuses a module %s', (_what, bytes) => {
    expect(() => withWasmMemoryLimit(Uint8Array.from(bytes), 1e6)).toThrow(RangeError);
  });
});
