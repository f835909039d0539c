import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isLightningError, LightningError } from '../errors/lightning-error.ts';
import { type Logger, silentLogger } from '../logging/logger.ts';
import { refuseUnknownOptions } from '../options/check-options.ts';
import { PromptTemplate, TEMPLATE_ENGINES } from '../resource/prompt-template.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** The text of a prompt and its language; a `PromptTemplate` is one, and so is what JSON makes of it. */
export type PromptText = Pick<PromptTemplate, 'template' | 'engine'>;

/** What a best prompt can be saved from: an algorithm that keeps one (APO does), or the result of a run. */
export type BestPromptSource =
  | {
      /** Throws `NO_BEST_PROMPT` before there is one. */
      getBestPrompt(): PromptText;
      readonly bestScore: number | null;
      readonly bestVersion: string | null;
    }
  | {
      /** The result of a run, as a `FitResult` has it; `bestVersion` is `null` before there is a best prompt. */
      readonly result: {
        readonly bestPrompt: PromptText | null;
        readonly bestScore: number | null;
        readonly bestVersion: string | null;
      };
    };

/** The contents of a best-prompt file: keys and order are those of upstream's tutorial. */
export interface BestPromptDocument {
  /** When it was saved, local time: `20260112_143052`. */
  readonly timestamp: string;
  /** `{}` when there was no best prompt. */
  readonly best_prompt_template:
    | { readonly template: string; readonly engine: string }
    | Readonly<Record<string, never>>;
  readonly best_score: number | null;
  readonly best_version: string | null;
}

/** Where and how to save. */
export interface SaveBestPromptOptions {
  /** Made if it does not exist. Default: the working directory. */
  readonly directory?: string;
  /** The file is called `<prefix>_<timestamp>.json`. Default `best_prompt`. */
  readonly prefix?: string;
  /** Told when there is nothing to save. Default: nobody. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** What {@link saveBestPrompt} did. */
export interface SavedBestPrompt {
  readonly path: string;
  readonly document: BestPromptDocument;
  /** Set when there was no best prompt, so that the file holds none. */
  readonly warning?: string;
}

/**
 * Saves the best prompt of a run as JSON, for people and for {@link loadBestPrompt}. A file is never overwritten: of two saves in one second, in
 * whatever processes, the second gets the name `…_2.json`. The file is written whole or not at all.
 *
 * Before there is a best prompt the file is written all the same, with `{}` and `null`s, and `warning` says so.
 *
 * @throws RangeError for a prompt whose score is not finite; TypeError for a source that is none, or a prefix that is empty or has a path in it
 * @example
 * ```ts
 * const run = await trainer.fit(agent, tasks, { valDataset });
 * const { path } = await saveBestPrompt(run); // best_prompt_20260112_143052.json
 * ```
 */
export async function saveBestPrompt(
  source: BestPromptSource,
  options: SaveBestPromptOptions = {},
): Promise<SavedBestPrompt> {
  refuseUnknownOptions('Cannot save the best prompt', options, ['directory', 'prefix', 'logger', 'clock']);
  const { directory = '.', prefix = 'best_prompt', logger = silentLogger, clock = systemClock } = options;
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError(
      `Cannot save the best prompt as 'directory' must be the path of a directory: current value is ${JSON.stringify(directory)}`,
    );
  }
  if (typeof prefix !== 'string' || prefix === '' || /[\\/\0]/.test(prefix)) {
    throw new TypeError(
      `Cannot save the best prompt as 'prefix' must be part of a file name: current value is ${JSON.stringify(prefix)}`,
    );
  }
  const document = bestPromptDocument(source, clock.now());
  await mkdir(directory, { recursive: true });
  const path = await writeUnderFreeName(join(directory, `${prefix}_${document.timestamp}`), document);
  if ('template' in document.best_prompt_template) return { path, document };
  const warning = `There is no best prompt yet: ${path} was saved without one`;
  logger.warn({ path }, warning);
  return { path, document, warning };
}

/**
 * The contents of a best-prompt file.
 * @param now - seconds since the epoch
 * @throws RangeError for a prompt whose score is not finite; TypeError for a source that is none
 */
export function bestPromptDocument(source: BestPromptSource, now: number): BestPromptDocument {
  const { prompt, score, version } = readBest(source);
  return {
    timestamp: toTimestamp(now),
    best_prompt_template: prompt === null ? {} : { template: prompt.template, engine: prompt.engine },
    best_score: score,
    best_version: version,
  };
}

const promptSchema = z.object({ template: z.string(), engine: z.enum(TEMPLATE_ENGINES) });

const documentSchema = z.object({
  timestamp: z.string(),
  best_prompt_template: z.union([promptSchema, z.strictObject({}).transform(() => null)]),
  best_score: z.number().nullable(),
  best_version: z.string().nullable(),
});

/**
 * Reads a file that {@link saveBestPrompt} or upstream's tutorial wrote.
 *
 * @throws LightningError whose message names the file: `NOT_FOUND` if there is none, `INVALID_ARGUMENT` if it cannot be read, is not JSON, or is JSON of something
 * else, `NO_BEST_PROMPT` if it was saved before there was a best prompt
 */
export async function loadBestPrompt(path: string | URL): Promise<PromptTemplate> {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const parsed = documentSchema.safeParse(parseJson(await readText(file), file));
  if (!parsed.success) {
    throw invalid(file, `is not a best-prompt file: ${z.prettifyError(parsed.error)}`);
  }
  const prompt = parsed.data.best_prompt_template;
  if (prompt === null) {
    throw new LightningError('NO_BEST_PROMPT', `${file} holds no prompt: it was saved before there was a best one`, {
      details: { path: file },
    });
  }
  return new PromptTemplate(prompt);
}

interface Best {
  readonly prompt: PromptText | null;
  readonly score: number | null;
  readonly version: string | null;
}

const NO_BEST: Best = { prompt: null, score: null, version: null };

function readBest(source: BestPromptSource): Best {
  // Programs without types pass the result of any algorithm, or the algorithm of any run, or nothing.
  if (typeof source !== 'object' || source === null) throw noSource();
  const best = 'getBestPrompt' in source ? readAlgorithm(source) : readResult(source.result);
  // An algorithm that was stopped before its first score may give the prompt it began with; that is no best one.
  if (best.prompt === null || best.version === null) return NO_BEST;
  if (best.score !== null && !Number.isFinite(best.score)) {
    throw new RangeError(`Cannot save the best prompt as its score must be finite: current value is ${best.score}`);
  }
  return best;
}

function readAlgorithm(algorithm: Extract<BestPromptSource, { getBestPrompt: unknown }>): Best {
  try {
    return { prompt: algorithm.getBestPrompt(), score: algorithm.bestScore, version: algorithm.bestVersion };
  } catch (error) {
    if (isLightningError(error, 'NO_BEST_PROMPT')) return NO_BEST;
    throw error;
  }
}

function readResult(result: Extract<BestPromptSource, { result: unknown }>['result']): Best {
  if (typeof result !== 'object' || result === null || !('bestPrompt' in result)) throw noSource();
  return { prompt: result.bestPrompt, score: result.bestScore, version: result.bestVersion };
}

function noSource(): TypeError {
  return new TypeError(
    'Cannot save the best prompt as the source has none: it must have a method getBestPrompt(), or a result with bestPrompt, bestScore and bestVersion',
  );
}

/** `20260112_143052`, local time. */
function toTimestamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

async function writeUnderFreeName(stem: string, document: BestPromptDocument): Promise<string> {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  for (let copy = 1; ; copy++) {
    const path = copy === 1 ? `${stem}.json` : `${stem}_${copy}.json`;
    try {
      await writeFileAtomic(path, text, { overwrite: false });
      return path;
    } catch (error) {
      if (!isLightningError(error, 'CONFLICT')) throw error;
    }
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new LightningError('NOT_FOUND', `There is no file ${file}`, { cause: error, details: { path: file } });
    }
    throw invalid(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(file, `is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function invalid(file: string, problem: string, cause?: unknown): LightningError {
  return new LightningError('INVALID_ARGUMENT', `${file} ${problem}`, { cause, details: { path: file } });
}
