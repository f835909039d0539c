import { closeSync, openSync, readSync } from 'node:fs';

/** What a write-ahead log begins with; the last bit says in which order the bytes of checksums are. See https://sqlite.org/fileformat2.html#walformat. */
const MAGIC = 0x377f0682;
const HEADER_BYTES = 32;
/** What the header's checksum is of; the two words behind it are that. */
const CHECKED_BYTES = 24;

/**
 * Whether a write-ahead log begins with something that no SQLite has written, so that all that is in it would be passed over without a word. One that is empty,
 * or was cut off by a power cut before its first page was on disk, has nothing in it to be lost.
 */
export function isLogDamaged(path: string): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  const length = readStart(path, header);
  if (length === 0 || header.every((byte) => byte === 0)) return false;
  return length < HEADER_BYTES || (header.readUInt32BE(0) & ~1) >>> 0 !== MAGIC || !isChecked(header);
}

function isChecked(header: Buffer): boolean {
  const isBigEndian = (header.readUInt32BE(0) & 1) === 1;
  const word = (at: number): number => (isBigEndian ? header.readUInt32BE(at) : header.readUInt32LE(at));
  let [first, second] = [0, 0];
  for (let at = 0; at < CHECKED_BYTES; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return first === header.readUInt32BE(CHECKED_BYTES) && second === header.readUInt32BE(CHECKED_BYTES + 4);
}

/** @returns how much there was to read; 0 also if there is no such file */
function readStart(path: string, into: Buffer): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // Whoever opens the store says what is wrong with it.
    return 0;
  }
  try {
    return readSync(file, into);
  } finally {
    closeSync(file);
  }
}
