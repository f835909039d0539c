import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { APO } from './apo.ts';
import { type ApoOptions, plainApoOptions, resolveApoOptions } from './apo-options.ts';

const directory = mkdtempSync(join(tmpdir(), 'apo-prompts-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('resolveApoOptions()', () => {
  it("has upstream's defaults", () => {
    expect(resolveApoOptions({})).toMatchObject({
      gradientModel: 'gpt-5-mini',
      applyEditModel: 'gpt-4.1-mini',
      diversityTemperature: 1,
      gradientBatchSize: 4,
      valBatchSize: 16,
      beamWidth: 4,
      branchFactor: 4,
      beamRounds: 3,
      rolloutBatchTimeout: 3600,
      runInitialValidation: true,
      isUpstream: false,
    });
    expect(resolveApoOptions({}).gradientPrompts).toHaveLength(3);
    expect(resolveApoOptions({}).editPrompts).toHaveLength(2);
  });

  it.each<[keyof ApoOptions, unknown, string]>([
    ['beamWidth', 0, 'a positive integer'],
    ['branchFactor', 1.5, 'a positive integer'],
    ['beamRounds', -1, 'a positive integer'],
    ['gradientBatchSize', Number.NaN, 'a positive integer'],
    ['valBatchSize', 0, 'a positive integer'],
    ['concurrency', 0, 'a positive integer'],
    ['diversityTemperature', -0.1, '0 or more'],
    ['rolloutBatchTimeout', 0, 'greater than 0'],
    ['rolloutBatchTimeout', Number.POSITIVE_INFINITY, 'greater than 0'],
    ['maxExperimentCharacters', 10, '1000 or more'],
  ])('refuses %s %s with a RangeError that names the value', (name, value, wanted) => {
    const resolve = () => resolveApoOptions({ [name]: value });
    expect(resolve).toThrow(RangeError);
    expect(resolve).toThrow(`Cannot create APO as '${name}' must be`);
    expect(resolve).toThrow(wanted);
    expect(resolve).toThrow(`current value is ${String(value)}`);
  });

  it.each<[keyof ApoOptions, unknown]>([
    ['gradientModel', ''],
    ['applyEditModel', 5],
    ['beamWidth', '4'],
    ['target', ''],
    ['compat', 'v0.2'],
    ['runInitialValidation', 'yes'],
    ['gradientPromptFiles', []],
    ['applyEditPromptFiles', 'edit.txt'],
  ])('refuses %s %j with a TypeError', (name, value) => {
    expect(() => resolveApoOptions({ [name]: value })).toThrow(TypeError);
  });

  it('refuses an option it does not know, and says which was probably meant', () => {
    expect(() => new APO({ apiKey: 'k' }, { beamwidth: 2 } as ApoOptions)).toThrow("did you mean 'beamWidth'");
  });

  it('takes no limit for an infinite concurrency', () => {
    expect(resolveApoOptions({ concurrency: Number.POSITIVE_INFINITY }).concurrency).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('prompt files', () => {
  it('are read by their extension, from paths and URLs', () => {
    const text = file('critic.txt', 'Criticise {prompt_template} by {experiments}');
    const jinja = file('critic.jinja', 'Criticise {{ prompt_template }} by {{ experiments }}');
    const { gradientPrompts } = resolveApoOptions({
      gradientPromptFiles: [text, pathToFileURL(jinja), pathToFileURL(text).href],
    });
    expect(gradientPrompts.map(({ name, template }) => [name, template.engine])).toEqual([
      ['critic.txt', 'f-string'],
      ['critic.jinja', 'jinja'],
      ['critic.txt', 'f-string'],
    ]);
    expect(gradientPrompts[1]!.template.format({ prompt_template: 'P', experiments: 'E' })).toBe('Criticise P by E');
  });

  it.each([
    ['a missing file', () => join(directory, 'nowhere.txt'), 'must be a readable file'],
    ['poml', () => file('critic.poml', '<poml/>'), 'a file whose name ends in one of'],
    ['a damaged template', () => file('damaged.txt', '{prompt_template'), 'a valid f-string template'],
    [
      'a text without the experiments',
      () => file('partial.txt', 'See {prompt_template}'),
      'uses {prompt_template} and {experiments}',
    ],
    [
      'a text with a placeholder too many',
      () => file('more.txt', '{prompt_template} {experiments} {tasks}'),
      'which uses {prompt_template}, {experiments}, {tasks}',
    ],
  ])('that are %s are refused before anything runs', (_what, path, message) => {
    expect(() => resolveApoOptions({ gradientPromptFiles: [path()] })).toThrow(RangeError);
    expect(() => resolveApoOptions({ gradientPromptFiles: [path()] })).toThrow("'gradientPromptFiles[0]'");
    expect(() => resolveApoOptions({ gradientPromptFiles: [path()] })).toThrow(message);
  });

  it('of the editor use the prompt and the critique', () => {
    const path = file('edit.md', 'Edit {prompt_template} by {critique}');
    expect(resolveApoOptions({ applyEditPromptFiles: [path] }).editPrompts[0]!.name).toBe('edit.md');
    expect(() => resolveApoOptions({ applyEditPromptFiles: [file('bad.md', '{critique}')] })).toThrow(
      '{prompt_template} and {critique}',
    );
  });

  it('travel to another thread by absolute path', () => {
    const url = pathToFileURL(file('critic.txt', 'Criticise {prompt_template} by {experiments}'));
    const files = [url, 'relative.txt'];
    const plain = plainApoOptions({ gradientPromptFiles: files, applyEditPromptFiles: files, beamWidth: 2 });
    const paths = [join(directory, 'critic.txt'), join(process.cwd(), 'relative.txt')];
    expect(structuredClone(plain)).toEqual({
      gradientPromptFiles: paths,
      applyEditPromptFiles: paths,
      beamWidth: 2,
    });
  });
});
