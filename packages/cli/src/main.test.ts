import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CliContext } from './cli-context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { main } from './main.ts';
import { createProgram } from './program.ts';
import { recordingContext } from './test-data/recording-context.ts';

const MEMORY = ['--memory', '--port', '0'];

describe('main()', () => {
  it('prints help and version when asked, with 0', async () => {
    const help = recordingContext();
    expect(await main(['--help'], help.context)).toBe(0);
    expect(help.said.stdout).toMatch(/^Usage: agl[\s\S]*\n {2}store /);
    const storeHelp = recordingContext();
    expect(await main(['store', '--help'], storeHelp.context)).toBe(0);
    expect(storeHelp.said.stdout).toMatch(/--no-auth[\s\S]*Examples:\n {2}\$ agl store/);
    const version = recordingContext();
    expect(await main(['--version'], version.context)).toBe(0);
    expect(version.said.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('prints help in every way in which people ask for it', async () => {
    const answers: string[] = [];
    for (const args of [
      ['run', '--help'],
      ['run', '-h'],
      ['help', 'run'],
    ]) {
      const { context, said } = recordingContext();
      expect({ args, code: await main(args, context), stderr: said.stderr }).toEqual({ args, code: 0, stderr: '' });
      answers.push(said.stdout);
    }
    expect(new Set(answers).size).toBe(1);
  });

  it.each([[[]], [['stor']], [['--verbose']], [['store', '--memory', '--host']]])(
    'tells %j to be wrong on standard error, with 2',
    async (args) => {
      const { context, said } = recordingContext();
      expect(await main(args, context)).toBe(2);
      expect(said.stdout).toBe('');
      expect(said.stderr).not.toBe('');
    },
  );

  it.each([
    ['a host that others reach without a token', [...MEMORY, '--no-auth', '--host', '0.0.0.0'], /loopback/],
    [
      'a token file beside --no-auth',
      [...MEMORY, '--no-auth', '--token-file', 't'],
      /cannot be used with option '--no-auth'/,
    ],
    ['a file beside --memory', [...MEMORY, '--db', 'x.db'], /cannot be used with option '--db/],
    ['an origin that is none', [...MEMORY, '--cors-origin', 'pages.example'], /'corsOrigins' must be origins/],
    ['every origin without a token', [...MEMORY, '--no-auth', '--cors-origin', '*'], /any page could use the store/],
    ['a name that is none', [...MEMORY, '--allowed-host', 'http://x'], /'allowedHosts' must be names/],
    ['an address that is not of this machine', [...MEMORY, '--host', '192.0.2.1'], /EADDRNOTAVAIL/],
    ['a port that is none', [...MEMORY, '--port', '65536'], /an integer from 0 to 65535/],
    ['a port that is no number', [...MEMORY, '--port', '1e3'], /an integer from 0 to 65535/],
    ['an option that is misspelt', [...MEMORY, '--prot', '0'], /Did you mean --port/],
    ['a token on the command line', [...MEMORY, '--token', 'x'], /unknown option '--token'/],
    ['arguments that it has not', [...MEMORY, 'extra'], /too many arguments/],
    [
      'a token file in a folder that is not there',
      [...MEMORY, '--token-file', 'none/token'],
      /Cannot use the token file/,
    ],
  ])('refuses %s, with 2 and without a stack', async (_, args, message) => {
    const { context, said } = recordingContext();
    expect(await main(['store', ...args], context)).toBe(2);
    expect(said.stdout).toBe('');
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it('ends the process at once when a second signal comes, and minds none when it is done', async () => {
    const { context, signal, wrote, exits, listeners } = recordingContext();
    const listening = wrote();
    const done = main(['store', '--memory', '--port', '0', '--no-auth'], context);
    await listening;
    signal('SIGTERM');
    expect(exits).toEqual([]);
    signal('SIGINT');
    expect(exits).toEqual([130]);
    expect(await done).toBe(143);
    expect(listeners.size).toBe(0);
  });

  it('stops in good order when the signal comes while it starts', async () => {
    const { context } = recordingContext();
    const onStopSignal: CliContext['onStopSignal'] = (listener) => {
      listener('SIGINT');
      return () => {};
    };
    expect(await main(['store', '--memory', '--port', '0', '--no-auth'], { ...context, onStopSignal })).toBe(130);
  });
});

describe('an error', () => {
  it('moves no cursor of a terminal, whatever it quotes', async () => {
    const { context, said } = recordingContext();
    expect(await main(['export', 'no\x1b[2Jwhere'], context)).toBe(2);
    expect(said.stderr).toMatch(/^error: There is no run in no\\x1b\[2Jwhere, [^\n]*\n$/);
  });
});

describe('every command', () => {
  const { commands } = createProgram(recordingContext().context, () => {});
  const guide = readFileSync(new URL('../../../docs/guides/command-line.md', import.meta.url), 'utf8');

  it.each(commands.map((command) => [command.name(), command] as const))(
    '%s has help with an example and its exit status in lines that fit, and a row in the guide',
    async (name, command) => {
      const { context, said } = recordingContext();
      expect(await main([name, '--help'], context)).toBe(0);
      expect(said.stdout).toMatch(/\nExamples?:\n {2}\$ agl /);
      expect(said.stdout).toMatch(/\nExit status:\n/);
      for (const line of said.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
      expect(command.options.map(({ long }) => long)).toContain('--json');
      expect(guide).toMatch(new RegExp(`^\\| \`agl ${name}[ \`]`, 'm'));
    },
  );

  it('has a test of each of its options', () => {
    const folders = ['../test', '.'].map((folder) => new URL(`${folder}/`, import.meta.url));
    const tests = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => readFileSync(new URL(name, folder), 'utf8')),
    );
    const options = commands.flatMap((command) => command.options.map(({ long }) => `${command.name()} ${long}`));
    expect(options.filter((option) => !tests.some((text) => text.includes(`'${option.split(' ')[1]}'`)))).toEqual([]);
  });

  it.each(commands.map((command) => command.name()))(
    '%s refuses an option that is misspelt, with the right one',
    async (name) => {
      const { context, said } = recordingContext();
      expect(await main([name, '--jsno'], context)).toBe(2);
      expect(said).toEqual({ stdout: '', stderr: expect.stringContaining('(Did you mean --json?)') });
    },
  );
});

describe('the guide', () => {
  const guide = readFileSync(new URL('../../../docs/guides/share-a-store.md', import.meta.url), 'utf8');

  it('lists the options of agl store, all of them, with their defaults', () => {
    const { commands } = createProgram(recordingContext().context, () => {});
    const store = commands.find((command) => command.name() === 'store');
    const rows = [...guide.matchAll(/^\| `(--[\w-]+)` \|([^|]*)\|/gm)].map(([, name, value]) => [name, value!.trim()]);
    const listed = Object.fromEntries(rows) as Record<string, string>;
    expect(Object.keys(listed)).toEqual(store!.options.map(({ long }) => long));
    for (const { long, defaultValue } of store!.options) {
      if (['string', 'number'].includes(typeof defaultValue)) {
        expect(`${long} ${listed[long!]?.replaceAll('`', '')}`).toBe(`${long} ${defaultValue}`);
      }
    }
  });

  it('explains every exit status but that of success', () => {
    const explained = [...guide.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) => codes!.split(', ').map(Number));
    const { done: _, ...failures } = EXIT_CODES;
    expect(explained.sort((a, b) => a - b)).toEqual(Object.values(failures).sort((a, b) => a - b));
  });
});
