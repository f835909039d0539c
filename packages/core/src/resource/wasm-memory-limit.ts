/** Bytes of one WebAssembly page. */
export const WASM_PAGE_BYTES = 65_536;

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;

/**
 * A copy of a WebAssembly module whose own memory cannot grow past `maxBytes` (rounded down to pages): allocating more traps instead.
 * The engine can only bound a memory that the module imports, so a module that brings its own has to be told in its binary.
 *
 * @throws RangeError if the module has no memory section with one memory of its own that has no maximum yet.
 */
export function withWasmMemoryLimit(module: Uint8Array, maxBytes: number): Uint8Array {
  let at = HEADER_BYTES;
  while (at < module.length) {
    const [size, content] = readLeb128(module, at + 1);
    if (module[at] === MEMORY_SECTION) {
      const [count, flags, minimum] = module.subarray(content, content + 3);
      // One memory, flags 0 (only a minimum); the minimum itself stays as it is, however many bytes it has.
      if (count !== 1 || flags !== 0 || minimum === undefined) break;
      const section = [
        1,
        1,
        ...module.subarray(content + 2, content + size),
        ...leb128(Math.floor(maxBytes / WASM_PAGE_BYTES)),
      ];
      return Buffer.concat([
        module.subarray(0, at),
        Uint8Array.from([MEMORY_SECTION, ...leb128(section.length), ...section]),
        module.subarray(content + size),
      ]);
    }
    at = content + size;
  }
  throw new RangeError('Cannot limit the memory of the WebAssembly module as it has no unbounded memory of its own');
}

/** The unsigned number at `at`, and where the bytes behind it start. */
function readLeb128(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0, next = at; ; shift += 7) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, next];
  }
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 0x80;
    rest = Math.floor(rest / 0x80);
    bytes.push(rest === 0 ? low : low + 0x80);
    if (rest === 0) return bytes;
  }
}
