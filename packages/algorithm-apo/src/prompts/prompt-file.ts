import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateEngine } from '@agentlightning/core';
import { type OptimizerPrompt, optimizerPrompt } from './optimizer-prompt.ts';

const ENGINE_OF_EXTENSION: Readonly<Record<string, TemplateEngine>> = {
  '.jinja': 'jinja',
  '.jinja2': 'jinja',
  '.j2': 'jinja',
  '.txt': 'f-string',
  '.md': 'f-string',
};

/** The path of a prompt file as it can be sent to another thread: absolute. */
export function promptFilePath(file: string | URL): string {
  return file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : resolve(file);
}

/**
 * Reads a text for the optimiser's model. `.jinja`, `.jinja2` and `.j2` are Jinja, `.txt` and `.md` are f-strings.
 *
 * @param option - where the file was named, for messages, e.g. `gradientPromptFiles[0]`
 * @param variables - what the text is rendered with; it must use each of them and no other
 * @throws RangeError when the file cannot be read or is no such text
 */
export function readPromptFile(path: string, option: string, variables: readonly string[]): OptimizerPrompt {
  const engine = ENGINE_OF_EXTENSION[extname(path).toLowerCase()];
  if (engine === undefined) {
    const known = Object.keys(ENGINE_OF_EXTENSION).join(', ');
    throw refused(option, `a file whose name ends in one of ${known}`, path);
  }
  const prompt = optimizerPrompt(basename(path), read(path, option), { engine });
  const problem = prompt.template.check()[0];
  if (problem !== undefined) throw refused(option, `a valid ${engine} template (${problem.message})`, path);
  const names = prompt.template.placeholders();
  const wanted = variables.map((name) => `{${name}}`).join(' and ');
  if (variables.some((name) => !names.includes(name)) || names.some((name) => !variables.includes(name))) {
    const used = names.length === 0 ? 'none' : names.map((name) => `{${name}}`).join(', ');
    throw refused(option, `a template that uses ${wanted} and nothing else`, `${path}, which uses ${used}`);
  }
  return prompt;
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RangeError(`Cannot create APO as '${option}' must be a readable file: current value is ${path}`, {
      cause: error,
    });
  }
}

function refused(option: string, wanted: string, value: string): RangeError {
  return new RangeError(`Cannot create APO as '${option}' must be ${wanted}: current value is ${value}`);
}
