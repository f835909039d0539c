import { checkNumberOption, type NumberRange, refuseUnknownOptions } from '@agentlightning/core';
import { editPrompts, gradientPrompts } from './prompts/built-in-prompts.ts';
import { EDIT_VARIABLES, GRADIENT_VARIABLES, type OptimizerPrompt } from './prompts/optimizer-prompt.ts';
import { promptFilePath, readPromptFile } from './prompts/prompt-file.ts';

/** How APO searches. Names and defaults are upstream's (`APO`, v0.3.0) unless said otherwise. */
export interface ApoOptions {
  /** Model that criticises prompts. Default `'gpt-5-mini'`. */
  readonly gradientModel?: string;
  /** Model that edits prompts by a critique. Default `'gpt-4.1-mini'`. */
  readonly applyEditModel?: string;
  /** Sampling temperature of both, at least 0. Default 1. A model that refuses it is asked again without. */
  readonly diversityTemperature?: number;
  /** Training tasks that each new prompt's parent is run on for its critique. Default 4. */
  readonly gradientBatchSize?: number;
  /** Validation tasks on which all candidates of a round are compared. Default 16. */
  readonly valBatchSize?: number;
  /** Prompts kept after each round. Default 4. */
  readonly beamWidth?: number;
  /** New prompts made from each kept one. Default 4. */
  readonly branchFactor?: number;
  /** Default 3. */
  readonly beamRounds?: number;
  /** Seconds until an evaluation stops waiting for its rollouts. Default 3600. */
  readonly rolloutBatchTimeout?: number;
  /** Scores the seed prompt on the whole validation set first, so that a result can be worse than it. Default `true`. */
  readonly runInitialValidation?: boolean;
  /**
   * Own texts for the critic, as paths or `file:` URLs: `.txt` and `.md` are f-strings, `.jinja`, `.jinja2` and `.j2` are Jinja. Each uses
   * `{prompt_template}` and `{experiments}`. Default: three built-in texts. One is drawn for each branch.
   */
  readonly gradientPromptFiles?: readonly (string | URL)[];
  /** Own texts for the editor, likewise, with `{prompt_template}` and `{critique}`. Default: two built-in texts. */
  readonly applyEditPromptFiles?: readonly (string | URL)[];
  /** An addition of ours: the name of the resource to optimise. Default: the only PromptTemplate among the initial resources. */
  readonly target?: string;
  /**
   * An addition of ours: branches that work at a time, and likewise evaluations of candidates. The history does not depend on it.
   * Default: no limit.
   */
  readonly concurrency?: number;
  /** An addition of ours: characters of experiments shown to the critic; longer texts are cut in the middle. At least 1000, default 60000. */
  readonly maxExperimentCharacters?: number;
  /** `'upstream'` scores and treats new prompts exactly as upstream does, for side-by-side runs. The README has the table. */
  readonly compat?: 'upstream';
}

/** {@link ApoOptions} with defaults filled in and files read. */
export interface ResolvedApoOptions {
  readonly gradientModel: string;
  readonly applyEditModel: string;
  readonly diversityTemperature: number;
  readonly gradientBatchSize: number;
  readonly valBatchSize: number;
  readonly beamWidth: number;
  readonly branchFactor: number;
  readonly beamRounds: number;
  readonly rolloutBatchTimeout: number;
  readonly runInitialValidation: boolean;
  readonly gradientPrompts: readonly OptimizerPrompt[];
  readonly editPrompts: readonly OptimizerPrompt[];
  readonly target: string | undefined;
  readonly concurrency: number;
  readonly maxExperimentCharacters: number;
  readonly isUpstream: boolean;
}

const OPTION_NAMES = [
  'gradientModel',
  'applyEditModel',
  'diversityTemperature',
  'gradientBatchSize',
  'valBatchSize',
  'beamWidth',
  'branchFactor',
  'beamRounds',
  'rolloutBatchTimeout',
  'runInitialValidation',
  'gradientPromptFiles',
  'applyEditPromptFiles',
  'target',
  'concurrency',
  'maxExperimentCharacters',
  'compat',
] as const satisfies readonly (keyof ApoOptions)[];

const ACTION = 'Cannot create APO';
const COUNT: NumberRange = { integer: true, min: 1 };
const FROM_ZERO: NumberRange = { min: 0, max: Number.MAX_VALUE };
const FROM_THOUSAND: NumberRange = { integer: true, min: 1000 };
/** Finite: an evaluation that waits for ever cannot be told from one that works. */
const POSITIVE: NumberRange = { above: 0, max: Number.MAX_VALUE };

/**
 * Checks options, fills in defaults and reads prompt files.
 * @throws TypeError, RangeError naming the option and its value
 */
export function resolveApoOptions(options: ApoOptions): ResolvedApoOptions {
  refuseUnknownOptions(ACTION, options, OPTION_NAMES);
  const { compat, target, concurrency = Number.POSITIVE_INFINITY, runInitialValidation = true } = options;
  if (compat !== undefined && compat !== 'upstream') throw refused('compat', "'upstream' or left out", compat);
  if (typeof runInitialValidation !== 'boolean') {
    throw refused('runInitialValidation', 'true or false', runInitialValidation);
  }
  const number = (name: keyof ApoOptions, value: number, range: NumberRange): number => {
    checkNumberOption(ACTION, name, value, range);
    return value;
  };
  return {
    gradientModel: text('gradientModel', options.gradientModel ?? 'gpt-5-mini'),
    applyEditModel: text('applyEditModel', options.applyEditModel ?? 'gpt-4.1-mini'),
    diversityTemperature: number('diversityTemperature', options.diversityTemperature ?? 1, FROM_ZERO),
    gradientBatchSize: number('gradientBatchSize', options.gradientBatchSize ?? 4, COUNT),
    valBatchSize: number('valBatchSize', options.valBatchSize ?? 16, COUNT),
    beamWidth: number('beamWidth', options.beamWidth ?? 4, COUNT),
    branchFactor: number('branchFactor', options.branchFactor ?? 4, COUNT),
    beamRounds: number('beamRounds', options.beamRounds ?? 3, COUNT),
    rolloutBatchTimeout: number('rolloutBatchTimeout', options.rolloutBatchTimeout ?? 3600, POSITIVE),
    runInitialValidation,
    gradientPrompts: prompts('gradientPromptFiles', options, GRADIENT_VARIABLES) ?? gradientPrompts,
    editPrompts: prompts('applyEditPromptFiles', options, EDIT_VARIABLES) ?? editPrompts,
    target: target === undefined ? undefined : text('target', target),
    concurrency: concurrency === Number.POSITIVE_INFINITY ? concurrency : number('concurrency', concurrency, COUNT),
    maxExperimentCharacters: number(
      'maxExperimentCharacters',
      options.maxExperimentCharacters ?? 60_000,
      FROM_THOUSAND,
    ),
    isUpstream: compat === 'upstream',
  };
}

/** The options as they can be sent to another thread: prompt files by absolute path. */
export function plainApoOptions(options: ApoOptions): ApoOptions {
  const { gradientPromptFiles, applyEditPromptFiles } = options;
  return {
    ...options,
    ...(gradientPromptFiles === undefined ? {} : { gradientPromptFiles: gradientPromptFiles.map(promptFilePath) }),
    ...(applyEditPromptFiles === undefined ? {} : { applyEditPromptFiles: applyEditPromptFiles.map(promptFilePath) }),
  };
}

function prompts(
  option: 'gradientPromptFiles' | 'applyEditPromptFiles',
  options: ApoOptions,
  variables: readonly string[],
): OptimizerPrompt[] | undefined {
  const files = options[option];
  if (files === undefined) return undefined;
  if (!Array.isArray(files) || files.length === 0) throw refused(option, 'a list of at least one file', files);
  return files.map((file: string | URL, index) =>
    readPromptFile(promptFilePath(file), `${option}[${index}]`, variables),
  );
}

function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw refused(option, 'a non-empty string', value);
  return value;
}

function refused(option: string, wanted: string, value: unknown): TypeError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new TypeError(`${ACTION} as '${option}' must be ${wanted}: current value is ${shown}`);
}
