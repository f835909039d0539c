import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyFolder, startAgl } from './running-agl.ts';

const CONFIG = fileURLToPath(new URL('fixtures/counting.config.ts', import.meta.url));

/** A project whose config keeps runs in `kept`, with one that stopped at its budget. */
async function project() {
  const cwd = emptyFolder();
  const start = (args: readonly string[], env: Record<string, string> = {}) =>
    startAgl(args, { cwd, env: { LEDGER: join(cwd, 'ledger'), AGL_RUNS_DIRECTORY: '', ...env } });
  const config = join(cwd, 'agl.config.ts');
  writeFileSync(
    config,
    `import config from ${JSON.stringify(CONFIG)};\nexport default async () => ({ ...(await config()), runsDirectory: 'kept' });`,
  );
  expect(await start(['run', '--quiet', '--budget-rollouts', '7']).ended).toMatchObject({ code: 5 });
  const [name] = readdirSync(join(cwd, 'kept'));
  return { config, start, name: name!, directory: join(cwd, 'kept', name!) };
}

const every = process.env['AGL_PROCESSES'] === 'every';

describe('Runs that a config has kept elsewhere', () => {
  it('are found by every command that looks for runs, by name and as the newest', async () => {
    const { start, name, directory } = await project();
    const listed = await start(['runs', '--json']).ended;
    expect(JSON.parse(listed.stdout)).toMatchObject({ directory });
    // What the config prints is no part of it, and it is closed.
    expect(listed.stderr).toBe('');
    expect(await start(['export', '--json']).ended).toMatchObject({ code: 0, stdout: expect.stringContaining(name) });
    expect(JSON.parse((await start(['report', name, '--json']).ended).stdout)).toMatchObject({
      html: join(directory, 'report.html'),
    });
    const ui = start(['ui', '--json']);
    expect(JSON.parse(await ui.line())).toMatchObject({ directory });
    ui.child.kill('SIGTERM');
    expect((await ui.ended).code).toBe(143);
    expect(await start(['resume', name, '--budget-rollouts', '18']).ended).toMatchObject({ code: 0 });
  });

  it.runIf(every)(
    'are those of AGL_RUNS_DIRECTORY, or of a path, where one is given; then the config is not loaded',
    async () => {
      const { config, start, name } = await project();
      writeFileSync(config, "throw new Error('loaded');\nexport default { runsDirectory: 'kept' };");
      for (const [args, env] of [
        [['runs', 'kept'], {}],
        [['runs'], { AGL_RUNS_DIRECTORY: 'kept' }],
        [['export', join('kept', name)], {}],
        [['export', name], { AGL_RUNS_DIRECTORY: 'kept' }],
      ] as const) {
        const { code, stderr } = await start(args, env).ended;
        expect({ args, code, stderr: stderr.replace(/^The run is not at its end.*\n/, '') }).toEqual({
          args,
          code: 0,
          stderr: '',
        });
      }
    },
  );

  it('are not found while the config cannot be loaded, which is said; what is in runs is', async () => {
    const { config, start } = await project();
    writeFileSync(config, "throw new Error('no key');\nexport default { runsDirectory: 'kept' };");
    const warning =
      'warning: runs are looked for in runs, as the config cannot be asked for its runsDirectory: agl.config.ts: no key\n';
    expect(await start(['runs']).ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^There are no runs in runs yet: .*agl run begins one\n$/),
      stderr: warning,
    });
    const { code, stderr } = await start(['report']).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^${warning}error: There is no run in runs yet: .*agl run begins one\n$`));
    const named = await start(['ui', 'run-of-yesterday']).ended;
    expect(named).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /error: There is no run in run-of-yesterday, and none of that name in runs: .*agl runs lists/,
      ),
    });
  });
});
