import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { configRunsDirectory } from './config-runs-directory.ts';

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'config-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

describe('configRunsDirectory()', () => {
  it('is that of the config, from its folder, however it is made', async () => {
    const object = folder({ 'agl.config.ts': `export default { runsDirectory: 'kept' as string };` });
    expect(await configRunsDirectory(object)).toBe(join(object, 'kept'));
    const made = folder({
      'agl.config.mjs': `import { shared } from './shared.mjs';\nexport default async () => ({ ...shared });`,
      'shared.mjs': `export const shared = { runsDirectory: '/elsewhere/runs' };`,
    });
    expect(await configRunsDirectory(made)).toBe('/elsewhere/runs');
  });

  it('is none without a config, and where the config does not say; then it is not even loaded', async () => {
    expect(await configRunsDirectory(folder({}))).toBeUndefined();
    const silent = folder({ 'agl.config.ts': `throw new Error('loaded');` });
    expect(await configRunsDirectory(silent)).toBeUndefined();
    const mentioned = folder({ 'agl.config.ts': `// no runsDirectory here\nexport default {};` });
    expect(await configRunsDirectory(mentioned)).toBeUndefined();
  });

  it('ends what the config has started, also what it leaves open, and shows nothing that it prints', async () => {
    const path = folder({
      'agl.config.ts': `import { writeFileSync } from 'node:fs';
        import { createServer } from 'node:http';
        export default async () => {
          console.log('printed by a config');
          createServer().listen(0);
          return { runsDirectory: 'kept', close: () => writeFileSync(new URL('closed', import.meta.url), '') };
        };`,
    });
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => printed.mockRestore());
    expect(await configRunsDirectory(path)).toBe(join(path, 'kept'));
    expect(printed).not.toHaveBeenCalled();
    expect(existsSync(join(path, 'closed'))).toBe(true);
  });

  it.each([
    ['fails', `export default () => { throw new Error('no key'); }; // runsDirectory`, /agl\.config\.ts: no key$/],
    ['cannot be read', `export default { runsDirectory: `, /agl\.config\.ts: /],
    ['ends its process', `process.exit(7); // runsDirectory`, /agl\.config\.ts: it ended its process with 7$/],
    [
      'never comes',
      `export default () => new Promise((done) => setTimeout(done, 1e9)); // runsDirectory`,
      /not loaded after 0\.5 s/,
    ],
  ])('refuses a config that %s', async (_, text, message) => {
    const path = folder({ 'agl.config.ts': text });
    const asked = configRunsDirectory(path, text.includes('1e9') ? { patienceMs: 500 } : {});
    await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
  });
});
