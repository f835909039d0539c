import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LightningError } from '../errors/lightning-error.ts';
import { PromptTemplate } from '../resource/prompt-template.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type BestPromptSource, loadBestPrompt, saveBestPrompt } from './best-prompt-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'best-prompt-'));
});
afterEach(() => rm(directory, { recursive: true }));

const clock = new VirtualClock(new Date(2026, 0, 12, 14, 30, 52).getTime() / 1000);
const bestPrompt = new PromptTemplate({ template: 'Find a room on {date} – 5 °C', engine: 'f-string' });
const run = { result: { bestPrompt, bestScore: 0.75, bestVersion: 'v3' } };
const nothing = { result: { bestPrompt: null, bestScore: null, bestVersion: null } };

describe('saveBestPrompt()', () => {
  it('writes the JSON of the tutorial under a name with the local time', async () => {
    const saved = await saveBestPrompt(run, { directory, clock });
    expect(saved.path).toBe(join(directory, 'best_prompt_20260112_143052.json'));
    expect(saved.warning).toBeUndefined();
    const text = await readFile(saved.path, 'utf8');
    expect(text).toBe(`{
  "timestamp": "20260112_143052",
  "best_prompt_template": {
    "template": "Find a room on {date} – 5 °C",
    "engine": "f-string"
  },
  "best_score": 0.75,
  "best_version": "v3"
}
`);
    expect(saved.document).toEqual(JSON.parse(text));
  });

  it('saves from an algorithm as well, and from a result that went through JSON', async () => {
    const algorithm = { getBestPrompt: () => bestPrompt, bestScore: 0.75, bestVersion: 'v3', result: undefined };
    const { document } = await saveBestPrompt(run, { directory, clock });
    expect((await saveBestPrompt(algorithm, { directory, clock })).document).toEqual(document);
    const copy = JSON.parse(JSON.stringify(run)) as typeof run;
    expect((await saveBestPrompt(copy, { directory, clock })).document).toEqual(document);
  });

  it.each([
    ['UTC', '20260112_143052'],
    ['Asia/Kathmandu', '20260112_201552'],
    ['Pacific/Kiritimati', '20260113_043052'],
  ])('tells the local time, in %s', async (zone, timestamp) => {
    vi.stubEnv('TZ', zone);
    onTestFinished(() => void vi.unstubAllEnvs());
    const utc = new VirtualClock(Date.UTC(2026, 0, 12, 14, 30, 52) / 1000);
    const { path, document } = await saveBestPrompt(run, { directory, clock: utc });
    expect([document.timestamp, path]).toEqual([timestamp, join(directory, `best_prompt_${timestamp}.json`)]);
  });

  it('makes the directory, and begins the name with the prefix', async () => {
    const { path } = await saveBestPrompt(run, { directory: join(directory, 'a', 'b'), prefix: 'rooms', clock });
    expect(path).toBe(join(directory, 'a', 'b', 'rooms_20260112_143052.json'));
  });

  it('never overwrites a file, however many are saved in one second', async () => {
    const saves = Array.from({ length: 5 }, (_, index) =>
      saveBestPrompt({ result: { ...run.result, bestVersion: `v${index}` } }, { directory, clock }),
    );
    const saved = await Promise.all(saves);
    const stem = 'best_prompt_20260112_143052';
    expect((await readdir(directory)).toSorted()).toEqual(
      [`${stem}.json`, `${stem}_2.json`, `${stem}_3.json`, `${stem}_4.json`, `${stem}_5.json`].toSorted(),
    );
    for (const { path, document } of saved) expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(document);
    expect(new Set(saved.map(({ document }) => document.best_version)).size).toBe(5);
  });

  it('saves the same shape without a prompt, and warns, before there is a best one', async () => {
    const algorithm: BestPromptSource = {
      getBestPrompt: () => {
        throw new LightningError('NO_BEST_PROMPT', 'No best prompt found');
      },
      bestScore: null,
      bestVersion: null,
    };
    // A run that was stopped before its first score gives the prompt that it began with.
    const stopped = { result: { bestPrompt, bestScore: null, bestVersion: null } };
    for (const source of [nothing, algorithm, stopped]) {
      const warnings: (string | undefined)[] = [];
      const drop = (): void => {};
      const logger = { debug: drop, info: drop, error: drop, warn: (_: object, text?: string) => warnings.push(text) };
      const { path, document, warning } = await saveBestPrompt(source, { directory, clock, logger });
      expect(document).toEqual({
        timestamp: '20260112_143052',
        best_prompt_template: {},
        best_score: null,
        best_version: null,
      });
      expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(document);
      expect(warning).toContain('no best prompt yet');
      expect(warnings).toEqual([warning]);
    }
  });

  it('passes on what else an algorithm throws, and writes nothing', async () => {
    const broken = {
      getBestPrompt: () => {
        throw new RangeError('broken');
      },
      bestScore: null,
      bestVersion: null,
    };
    await expect(saveBestPrompt(broken, { directory })).rejects.toThrow('broken');
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    [{ result: { ...run.result, bestScore: -Infinity } }, {}, 'current value is -Infinity'],
    [{ result: { mean: 1 } }, {}, 'the source has none'],
    [{}, {}, 'the source has none'],
    [undefined, {}, 'the source has none'],
    [run, { dir: 'x' }, "'dir' is not an option: known options are directory, prefix"],
    [run, { directory: '' }, "'directory' must be the path of a directory"],
    [run, { prefix: '' }, "'prefix' must be part of a file name"],
    [run, { prefix: '../x' }, "'prefix' must be part of a file name"],
  ])('refuses %o with %o', async (source, options, message) => {
    const saving = saveBestPrompt(source as unknown as BestPromptSource, { directory, ...options });
    await expect(saving).rejects.toThrow(message);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('loadBestPrompt()', () => {
  it.each(['f-string', 'jinja', 'poml'] as const)('gives back the %s prompt that was saved', async (engine) => {
    const prompt = new PromptTemplate({ template: 'Line one\n{{ x }} "quoted" \u2028', engine });
    const { path } = await saveBestPrompt({ result: { ...run.result, bestPrompt: prompt } }, { directory });
    const loaded = await loadBestPrompt(path);
    expect(loaded).toBeInstanceOf(PromptTemplate);
    expect(loaded.toJSON()).toEqual(prompt.toJSON());
    expect((await loadBestPrompt(pathToFileURL(path))).template).toBe(prompt.template);
  });

  const file = async (text: string): Promise<string> => {
    const path: string = join(directory, 'prompt.json');
    await writeFile(path, text);
    return path;
  };
  const document = {
    timestamp: 't',
    best_prompt_template: { template: 'x', engine: 'f-string' },
    best_score: 1,
    best_version: 'v1',
  };

  it('reads a file with a byte order mark and further keys', async () => {
    expect((await loadBestPrompt(await file(`\uFEFF${JSON.stringify({ ...document, model: 'm' })}`))).template).toBe(
      'x',
    );
  });

  it('says that a file was saved before there was a best prompt', async () => {
    const { path } = await saveBestPrompt(nothing, { directory });
    await expect(loadBestPrompt(path)).rejects.toMatchObject({ code: 'NO_BEST_PROMPT', details: { path } });
  });

  it('says that there is no such file', async () => {
    const path = join(directory, 'none.json');
    await expect(loadBestPrompt(path)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(path),
    });
  });

  it('says that a path is no file', async () => {
    await expect(loadBestPrompt(directory)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each([
    ['', 'is not JSON'],
    [JSON.stringify(document).slice(0, -9), 'is not JSON'],
    ['[]', 'is not a best-prompt file'],
    ['{"name":"package"}', 'timestamp'],
    [
      JSON.stringify({ ...document, best_prompt_template: { template: 'x', engine: 'mustache' } }),
      'best_prompt_template',
    ],
    [JSON.stringify({ ...document, best_prompt_template: null }), 'best_prompt_template'],
    [JSON.stringify({ ...document, best_score: 'high' }), 'best_score'],
  ])('refuses a file that holds %j', async (text, problem) => {
    const path = await file(text);
    const message = new RegExp(`${path}.*${problem}`, 's');
    await expect(loadBestPrompt(path)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });
});
