import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadBestPrompt, PromptTemplate, type TemplateEngine } from '@agentlightning/core';
import { makeStore } from '@agentlightning/store-sqlite';
import { describe, expect, it } from 'vitest';
import { promptModule } from '../src/commands/export/prompt-module.ts';
import { main } from '../src/main.ts';
import { recordingContext } from '../src/test-data/recording-context.ts';
import { emptyFolder } from './running-agl.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const HOSTILE = [
  '',
  '\n',
  ' leading and trailing \n\n',
  `"double" 'single' \`back\` \${notFilled} \\n \\\\ \\u0041 */ // -- <!-- </script>`,
  'line\r\nbreaks\rof\u2028all\u2029kinds\v\f\0\b',
  'unseen \u200b\u200e\u202e\u2066\ufeff\u00ad and 👩‍👩‍👧 \u{1F600} é e\u0301 漢字',
  'half a pair \ud800 and \udfff',
  '{{"json": [1, 2]}} and {name} and {user.id} and {rows[0]}',
  "'].join('\\n'); process.exit(1); [",
  '__proto__ {constructor} {toString}',
];

const document = (template: string, engine: TemplateEngine = 'f-string') => ({
  timestamp: '20260112_143052',
  best_prompt_template: { template, engine },
  best_score: 0.85,
  best_version: 'v3',
});

/** A folder as a run leaves it. */
function runWith(files: Record<string, string>): string {
  const folder = join(emptyFolder(), 'run');
  mkdirSync(folder);
  makeStore(join(folder, 'store.db'));
  const command = { script: null, arguments: [], directory: folder, node_version: '24.0.0' };
  const header = { format: 1, run_id: 'run-1', start_time: 0, command, fingerprint: { algorithm: 'APO' }, forced: [] };
  const all = {
    'run.json': JSON.stringify(header),
    'journal.jsonl': `${JSON.stringify({ type: 'run-started', label: 'simulated models' })}\n`,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

async function agl(...args: string[]) {
  const { context, said } = recordingContext();
  return { code: await main(args, context), ...said };
}

describe('promptModule()', () => {
  it('comes back as the same prompt when it is imported, whatever is in it', async () => {
    const folder = emptyFolder();
    symlinkSync(join(ROOT, 'examples/room-selector/node_modules'), join(folder, 'node_modules'));
    for (const [index, template] of HOSTILE.entries()) {
      const origin = { runId: 'run\nprocess.exit(1)', label: '\u2028throw 1', document: document(template) };
      writeFileSync(join(folder, `${index}.ts`), promptModule(new PromptTemplate({ template }), origin));
    }
    const program = `const all = []; for (let i = 0; i < ${HOSTILE.length}; i += 1) all.push((await import('./' + i + '.ts')).bestPrompt.template); console.log(JSON.stringify(all));`;
    writeFileSync(join(folder, 'main.mjs'), program);
    const { stdout } = await promisify(execFile)(process.execPath, ['main.mjs'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual(HOSTILE);
  });

  it.each([
    [
      'On {date} for {n:d}, {user.name}',
      'f-string',
      ['date: string | number | boolean', 'n: string | number | boolean', 'user: unknown'],
    ],
    ['{{ date }} {% if note is defined %}{{ note }}{% endif %}', 'jinja', ['date: unknown', 'note?: unknown']],
    ['Say hello', 'f-string', []],
  ] as const)('takes the placeholders of %s by their names and types', (template, engine, fields) => {
    const origin = { runId: null, label: null, document: document('') };
    const text = promptModule(new PromptTemplate({ template, engine }), origin);
    expect([...text.matchAll(/^ {2}readonly (.*);$/gm)].map(([, field]) => field)).toEqual(fields);
    expect(text).toContain(`formatBestPrompt(${fields.length === 0 ? '' : 'values: BestPromptValues'}): string`);
  });

  it.each([
    ['Say {', 'f-string'],
    ['<poml>{{ x }}</poml>', 'poml'],
  ] as const)('has no function for %s, which cannot be rendered', (template, engine) => {
    const origin = { runId: null, label: null, document: document('') };
    expect(promptModule(new PromptTemplate({ template, engine }), origin)).not.toContain('formatBestPrompt');
  });
});

describe('agl export', () => {
  it.each(HOSTILE.filter((template) => template.isWellFormed()))(
    'prints the template as it is, and JSON that is read back: %j',
    async (template) => {
      const run = runWith({ 'best_prompt.json': JSON.stringify(document(template)) });
      expect(await agl('export', run)).toMatchObject({ code: 0, stdout: template });
      const out = join(run, 'exported.json');
      expect(await agl('export', run, '--format', 'json', '--out', out)).toMatchObject({ code: 0, stdout: '' });
      expect((await loadBestPrompt(out)).template).toBe(template);
    },
  );

  it('says what it has written, and takes no --force that would do nothing', async () => {
    const run = runWith({
      'best_prompt.json': JSON.stringify(document('Hi')),
      'result.json': '{"stopReason":"completed"}',
    });
    const out = join(run, 'prompt.txt');
    expect(await agl('export', run, '--out', out)).toEqual({
      code: 0,
      stdout: '',
      stderr: `The best prompt of run-1 (v3, 0.850, simulated models) is in ${out}\n`,
    });
    expect(await agl('export', run, '--force')).toMatchObject({ code: 2, stderr: expect.stringContaining('--out') });
  });

  it('says in a module where the prompt is from, and that its score is of simulated models', async () => {
    const run = runWith({
      'best_prompt.json': JSON.stringify(document('Hi')),
      'result.json': '{"stopReason":"completed"}',
    });
    const { stdout, stderr } = await agl('export', run, '--format', 'ts');
    expect(stdout).toMatch(/^\/\/ The best prompt of run-1, v3, scored 0\.850 on .* \(simulated models\)\n/);
    expect(stderr).toBe('');
  });

  it('says when there may be a better one, and takes a file as well', async () => {
    const run = runWith({ 'best_prompt.json': JSON.stringify(document('Hi')) });
    expect((await agl('export', run)).stderr).toMatch(/not at its end \(broken-off\)/);
    expect(await agl('export', join(run, 'best_prompt.json'))).toMatchObject({ stdout: 'Hi', stderr: '' });
  });

  it('lets no prompt move the cursor of a terminal, and ends the line', async () => {
    const run = runWith({ 'best_prompt.json': JSON.stringify(document('\x1b[2Jgone\nline')) });
    const { context, said } = recordingContext();
    await main(['export', run], { ...context, stdout: { ...context.stdout, isTTY: true } });
    expect(said.stdout).toBe('\\x1b[2Jgone\nline\n');
  });

  it('has all that is known of it in a line for programs', async () => {
    const run = runWith({ 'best_prompt.json': JSON.stringify(document('Hi {name}\n')) });
    const { stdout } = await agl('export', run, '--json');
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
    expect(JSON.parse(stdout)).toEqual({
      ...{
        runId: 'run-1',
        status: 'broken-off',
        label: 'simulated models',
        template: 'Hi {name}\n',
        engine: 'f-string',
      },
      ...{ placeholders: ['name'], score: 0.85, version: 'v3' },
    });
    expect(await agl('export', run, '--json', '--format', 'ts')).toMatchObject({ code: 2 });
  });

  it('overwrites no file unless it is told to', async () => {
    const run = runWith({ 'best_prompt.json': JSON.stringify(document('Hi')) });
    const out = join(run, 'prompt.txt');
    writeFileSync(out, 'mine');
    expect(await agl('export', run, '--out', out)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there already/),
    });
    expect(readFileSync(out, 'utf8')).toBe('mine');
    await agl('export', run, '--out', out, '--force');
    expect(readFileSync(out, 'utf8')).toBe('Hi');
  });

  it.each([
    ['no run', 'nowhere', /There is no run/],
    ['a run without a prompt', runWith, /has no best prompt/],
    ['a prompt that is none', () => runWith({ 'best_prompt.json': '{}' }), /is not a best-prompt file/],
    [
      'a prompt that was none yet',
      () => runWith({ 'best_prompt.json': JSON.stringify({ ...document(''), best_prompt_template: {} }) }),
      /holds no prompt/,
    ],
  ])('refuses %s with 2 and no stack', async (_, run, message) => {
    const { code, stdout, stderr } = await agl('export', typeof run === 'string' ? run : run({}));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
