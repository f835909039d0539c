import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ENCODINGS, type Encoding } from './page-file.ts';

/** Under this there is nothing to gain. */
const MIN_BYTES = 256;

const COMPRESS: Record<Encoding, (bytes: Uint8Array) => Uint8Array> = {
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
};

/** A plugin of Vite: writes each file of the page compressed beside it, so that no server does it again. */
export function compressedFiles() {
  return {
    name: 'compressed-files',
    apply: 'build' as const,
    writeBundle({ dir }: { dir?: string | undefined }): void {
      for (const path of readdirSync(dir!, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(html|js|css|svg)$/.test(path)) continue;
        const file = join(dir!, path);
        const bytes = readFileSync(file);
        if (bytes.length < MIN_BYTES) continue;
        for (const encoding of ENCODINGS) writeFileSync(`${file}.${encoding}`, COMPRESS[encoding](bytes));
      }
    },
  };
}
