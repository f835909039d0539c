import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findConfig } from './find-config.ts';
import { loadConfig } from './load-config.ts';

const AGENT = '{ async rollout() { return 1; } }';
const MINIMAL = `agent: ${AGENT}, algorithm: { name: 'x', run() {} }`;

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'config-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const load = (text: string, files: Record<string, string> = {}) => {
  const path = folder({ ...files, 'agl.config.ts': text });
  return loadConfig(join(path, 'agl.config.ts'));
};

describe('findConfig()', () => {
  it('finds the config of a folder, whatever its language, and takes a file as it is', () => {
    const path = folder({ 'agl.config.mjs': '', 'other.ts': '' });
    expect(findConfig(path)).toBe(join(path, 'agl.config.mjs'));
    expect(findConfig(join(path, 'other.ts'))).toBe(join(path, 'other.ts'));
    expect(() => findConfig(join(path, 'none.ts'))).toThrow(/There is no file .*none\.ts/);
  });
});

describe('loadConfig()', () => {
  it('reads types away, datasets by paths from its folder, and trainer options', async () => {
    const config = await load(
      `const nRunners: number = 3;
       export default { ${MINIMAL}, nRunners, seed: 5, trainDataset: 'tasks/train.jsonl', valDataset: [{ a: 2 }], runsDirectory: 'all', label: 'x' };`,
      { 'tasks/train.jsonl': '{"a":1}\n\n{"a":3}\n' },
    );
    expect(config).toMatchObject({
      trainerOptions: { nRunners: 3, seed: 5, label: 'x' },
      trainDataset: [{ a: 1 }, { a: 3 }],
      fitOptions: { valDataset: [{ a: 2 }] },
      runsDirectory: join(config.path, '../all'),
    });
  });

  it('calls a function once, and closes once what it has started', async () => {
    const calls: string[] = [];
    Object.assign(globalThis, { configCalls: calls });
    const config = await load(
      `export default async () => { configCalls.push('made'); return { ${MINIMAL}, close() { configCalls.push('closed'); } }; };`,
    );
    await Promise.all([config.close(), config.close()]);
    expect(calls).toEqual(['made', 'closed']);
    await expect(
      load(`export default () => ({ ${MINIMAL}, nRunners: -1, close() { configCalls.push('closed again'); } });`),
    ).rejects.toThrow("'nRunners' must be a positive integer");
    expect(calls).toEqual(['made', 'closed', 'closed again']);
  });

  it.each([
    ['nothing', 'export {};', null, /its default export must be a config.* undefined/],
    ['no agent', `export default { algorithm: { run() {} } };`, 'agent', /'agent' must be an instance of a LitAgent/],
    ['no algorithm', `export default { agent: ${AGENT} };`, 'algorithm', /'algorithm' must be an algorithm/],
    [
      'a misspelt field',
      `export default { ${MINIMAL}, trainDatset: [] };`,
      'trainDatset',
      /did you mean 'trainDataset'/,
    ],
    [
      'a wrong option',
      `export default { ${MINIMAL}, budget: { rollouts: 0 } };`,
      'budget.rollouts',
      /'budget\.rollouts'/,
    ],
    ['a wrong mode', `export default { ${MINIMAL}, isolation: 'tread' };`, 'isolation', /'isolation' must be 'shared'/],
    [
      'two modes',
      `export default { ${MINIMAL}, isolation: 'thread', strategy: {} };`,
      'isolation',
      /exclude each other/,
    ],
    [
      'a wrong label',
      `export default { ${MINIMAL}, label: 3 };`,
      'label',
      /'label' must be a line of text: current value is 3/,
    ],
    ['signals', `export default { ${MINIMAL}, handleSignals: true };`, 'handleSignals', /is not an option/],
    [
      'no file',
      `export default { ${MINIMAL}, valDataset: 'no.jsonl' };`,
      'valDataset',
      /'valDataset': There is no file/,
    ],
  ])('refuses %s, and names the field', async (_, text, field, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
      details: { field },
    });
  });

  it('says where in the files of the user a config failed, as Node itself reads it', async () => {
    const path = folder({
      'syntax.ts': '\nexport default {',
      'enum.ts': 'enum A { B }',
      'failing.ts': `import { start } from './models.ts';\nexport default () => start();`,
      'models.ts': `\n\nexport const start = () => { throw new Error('no model'); };`,
      'import.ts': `import './gone.ts';`,
      'main.ts': `import { loadConfig } from ${JSON.stringify(new URL('load-config.ts', import.meta.url).href)};
        for (const name of ['syntax.ts', 'enum.ts', 'failing.ts', 'import.ts'])
          await loadConfig(import.meta.dirname + '/' + name).catch((error) => console.log(error.code, error.message));`,
    });
    const { stdout } = await promisify(execFile)(process.execPath, ['main.ts'], { cwd: path });
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^CONFIG_INVALID syntax\.ts: it cannot be loaded: .*\(syntax\.ts:2\)$/),
      expect.stringMatching(/^CONFIG_INVALID enum\.ts: it cannot be loaded: .*enum.*\(enum\.ts:1\)$/),
      expect.stringMatching(/^CONFIG_INVALID failing\.ts: its function failed: no model \(models\.ts:3\)$/),
      expect.stringMatching(/^CONFIG_INVALID import\.ts: it cannot be loaded: .*gone\.ts/),
    ]);
  });

  it('names the bad lines of a file of tasks', async () => {
    await expect(
      load(`export default { ${MINIMAL}, trainDataset: 'a.jsonl' };`, { 'a.jsonl': '{"a":1}\n{' }),
    ).rejects.toMatchObject({ code: 'DATASET_INVALID', message: expect.stringContaining('line 2 is not JSON') });
  });

  const KEY = `sk-${'a1b2c3d4'.repeat(4)}`;
  it.each([
    `new OpenAI({ apiKey: '${KEY}' })`,
    `fetch('/', { headers: { 'Authorization': "Bearer 8f7e6d5c4b3a29180f7e6d5c" } })`,
    `const api_key = \`0a1b2c3d4e5f60718293\``,
  ])(
    'refuses a key that is written down, in the config or what it imports, and does not repeat it: %s',
    async (code) => {
      const refused = load(`import './models.ts';\nexport default { ${MINIMAL} };`, { 'models.ts': `\n// ${code}` });
      await expect(refused).rejects.toThrow(
        /models\.ts: a key is written into line 2\. Keys come from the environment/,
      );
      await expect(refused).rejects.not.toThrow(/sk-a1|8f7e6d|0a1b2c/);
    },
  );

  it.each(["apiKey: 'not-needed-for-a-local-server'", "apiKey: process.env['OPENAI_API_KEY']", "token: 'simulated'"])(
    'takes no placeholder for a key: %s',
    async (code) => {
      await expect(load(`// ${code}\nexport default { ${MINIMAL} };`)).resolves.toBeDefined();
    },
  );
});
