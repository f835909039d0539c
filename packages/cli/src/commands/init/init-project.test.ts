import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../../main.ts';
import { recordingContext } from '../../test-data/recording-context.ts';
import { PROJECT_PATHS } from './project-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agl-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const read = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('agl init', () => {
  it('writes a project with the defaults where nobody can be asked, and says what to do next', async () => {
    const { context, said } = recordingContext({ npm_config_user_agent: 'pnpm/12.1.0 npm/? node/v24' });
    expect(await main(['init', join(folder, 'My agent!')], context)).toBe(0);
    for (const path of PROJECT_PATHS) expect(said.stdout).toContain(`  ${path} `);
    expect(said.stdout).toMatch(
      /^The project my-agent is in .*My agent![\s\S]*\nNext\n {2}cd '.*My agent!'\n {2}pnpm install\n {2}pnpm agl run\n/,
    );
    expect(JSON.parse(read('My agent!/package.json'))).toMatchObject({ name: 'my-agent', type: 'module' });
    expect(read('My agent!/models.ts')).toContain('spawnSimulatedLlm');
    expect(read('My agent!/README.md')).not.toContain('{{');
  });

  it('says how to run it at once where its packages are there already', async () => {
    const cache = fileURLToPath(new URL('../../../../../node_modules/.cache', import.meta.url));
    mkdirSync(cache, { recursive: true });
    const inRepository = mkdtempSync(join(cache, 'my-agent-'));
    onTestFinished(() => rmSync(inRepository, { recursive: true }));
    const { context, said } = recordingContext({ npm_config_user_agent: 'pnpm/12.1.0 npm/? node/v24', PATH: folder });
    expect(await main(['init', inRepository], context)).toBe(0);
    expect(said.stdout).toMatch(/\nNext\n {2}npx -y pnpm@12 agl run \S*my-agent-\w+\n\n/);
    writeFileSync(join(folder, 'pnpm'), '');
    expect(await main(['init', inRepository, '--force'], context)).toBe(0);
    expect(said.stdout).toMatch(/\nNext\n {2}pnpm agl run \S*my-agent-\w+\n\n/);
  });

  it('asks on a terminal what is not said, once more where an answer cannot be', async () => {
    const answers = ['No name', 'rooms', 'none', 'https://llm.example.com/v1/', ''];
    const { context, said } = recordingContext({}, answers);
    expect(await main(['init', folder], context)).toBe(0);
    expect(said.stderr).toMatch(/called\? \(agl-init-.*\n.*'No name' is none\. Once more: .*\nWhich models/);
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'rooms' });
    expect(read('models.ts')).toContain("process.env['OPENAI_BASE_URL'] ?? 'https://llm.example.com/v1'");
    expect(read('models.ts')).not.toContain('{{');
    expect(said.stdout).toContain('set OPENAI_API_KEY');
  });

  it('asks nothing that was said, and nothing at all with --yes or --json', async () => {
    const said = ['--name', 'a', '--endpoint', 'openai', '--package-manager', 'yarn'];
    for (const args of [said, ['--yes'], ['--json']]) {
      const { context, said } = recordingContext({}, []);
      expect(await main(['init', folder, '--force', ...args], context)).toBe(0);
      expect(said.stderr).toBe('');
      if (args[0] === '--json') {
        expect(JSON.parse(said.stdout)).toMatchObject({
          directory: folder,
          endpoint: 'simulated',
          files: [...PROJECT_PATHS],
        });
      }
    }
  });

  it('overwrites nothing, and writes nothing at all where a file is there, unless it is told to', async () => {
    writeFileSync(join(folder, 'agent.ts'), 'mine');
    const { context, said } = recordingContext();
    expect(await main(['init', folder], context)).toBe(2);
    expect(said.stderr).toMatch(/Nothing was written, as .* has agent\.ts already/);
    expect(readdirSync(folder)).toEqual(['agent.ts']);
    expect(await main(['init', folder, '--force'], context)).toBe(0);
    expect(read('agent.ts')).toContain('class MyAgent');
  });

  it.each([
    [['--name', 'No name'], /'No name' is none/],
    [['--endpoint', 'ftp://x'], /'ftp:\/\/x' is none/],
    [['--endpoint', 'https://user:secret-of-mine@x/v1'], /Leave keys out of the URL/],
    [['--endpoint', 'https://x/v1?key=secret-of-mine'], /Leave keys out of the URL/],
    [['--package-manager', 'bower'], /Allowed choices are npm, pnpm, yarn/],
  ])('refuses %j with 2, and writes nothing', async (args, message) => {
    const { context, said } = recordingContext();
    expect(await main(['init', join(folder, 'new'), ...args], context)).toBe(2);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toMatch(/secret-of-mine|^ +at /m);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('refuses a place where nothing can be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { context, said } = recordingContext();
    expect(await main(['init', join(folder, 'file/new')], context)).toBe(2);
    expect(said.stderr).toMatch(/file is a file/);
    // Nothing is forbidden to the superuser.
    if (process.getuid?.() === 0) return;
    mkdirSync(join(folder, 'locked'));
    chmodSync(join(folder, 'locked'), 0o500);
    expect(await main(['init', join(folder, 'locked/new')], context)).toBe(2);
  });
});
