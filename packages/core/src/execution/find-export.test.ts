import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findExportName } from './find-export.ts';

const several = new URL('./test-data/exports-several.ts', import.meta.url);

const run = promisify(execFile);
const script = (name: string): URL => new URL(`./test-data/${name}`, import.meta.url);

describe('findExportName()', () => {
  it('finds the export that is the very value, and prefers a name of its own to default', async () => {
    const { Named, second, wrapped } = await import('./test-data/exports-several.ts');
    expect(await findExportName(several.href, Named)).toBe('Named');
    expect(await findExportName(several.href, second)).toBe('second');
    expect(await findExportName(several.href, wrapped)).toBe('wrapped');
  });

  it('finds nothing for a value that is not exported, however alike', async () => {
    const { reveal } = await import('./test-data/exports-several.ts');
    expect(await findExportName(several.href, reveal())).toBeUndefined();
    expect(await findExportName(several.href, class Named {})).toBeUndefined();
  });

  it('passes on why a module cannot be imported', async () => {
    await expect(findExportName(new URL('./no-such-file.ts', import.meta.url).href, {})).rejects.toThrow(
      'no-such-file',
    );
  });

  it('finds exports of a script that awaits it at the top level, unless several could be meant', async () => {
    const { stdout } = await run(process.execPath, [fileURLToPath(script('exports-while-running.ts'))]);
    expect(JSON.parse(stdout)).toEqual(['Selector', 'made', null, null, null]);
  });

  it('tells a script that does not guard its top-level call to do so', async () => {
    await expect(run(process.execPath, [fileURLToPath(script('exports-unguarded.ts'))])).rejects.toThrow(
      'if (import.meta.main)',
    );
  });
});
