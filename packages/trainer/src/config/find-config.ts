import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LightningError } from '@agentlightning/core';

/** The names that a config has by itself, in this order. */
const CONFIG_NAMES = ['agl.config.ts', 'agl.config.mts', 'agl.config.js', 'agl.config.mjs'] as const;

/**
 * The config that is meant.
 *
 * @param given - a file, or a folder with one; default: the working directory
 * @returns its absolute path
 * @throws LightningError `CONFIG_INVALID` if there is none
 */
export function findConfig(given = '.'): string {
  const path = resolve(given);
  const kind = kindOf(path);
  if (kind === 'file') return path;
  if (kind === 'folder') {
    const found = CONFIG_NAMES.map((name) => join(path, name)).find((file) => kindOf(file) === 'file');
    if (found !== undefined) return found;
    throw noConfig(path, `There is no ${CONFIG_NAMES[0]} in ${path}`);
  }
  throw noConfig(path, `There is no file ${path}`);
}

function noConfig(path: string, problem: string): LightningError {
  const advice = 'Give the path of a config, or make a project with one: agl init';
  return new LightningError('CONFIG_INVALID', `${problem}. ${advice}`, {
    details: { path, field: null, reason: 'none' },
  });
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'none';
  return found.isDirectory() ? 'folder' : 'file';
}
