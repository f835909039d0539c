import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@agentlightning/core';
import { type DatasetFingerprint, datasetDifference } from './dataset-fingerprint.ts';
import type { RunFingerprint } from './run-header.ts';

/** How much of a value is shown. */
const MAX_SHOWN_CHARACTERS = 160;

/** Datasets by their names in fingerprints, and as users know them. */
const DATASETS: Readonly<Record<string, string>> = {
  train_dataset: 'trainDataset',
  val_dataset: 'valDataset',
  test_dataset: 'testDataset',
};

/** In what two fingerprints differ: `seed: 0 → 7`, `algorithm_options.beamWidth: 4 → 2`. Empty when they are equal. */
export function differencesOf(recorded: RunFingerprint, now: RunFingerprint): string[] {
  // Another version may know other fields: what either of them has is compared.
  const names = new Set([...Object.keys(recorded), ...Object.keys(now)]);
  // With another algorithm, everything about it is another.
  const isOther = recorded['algorithm'] !== now['algorithm'];
  return [...names]
    .filter((name) => !isOther || !name.startsWith('algorithm_'))
    .flatMap((name) => differences(name, recorded[name], now[name]));
}

function differences(name: string, recorded: Json | undefined, now: Json | undefined): string[] {
  if (isDeepStrictEqual(recorded, now)) return [];
  const dataset = DATASETS[name];
  if (dataset !== undefined && isDataset(recorded) && isDataset(now))
    return [datasetDifference(dataset, recorded, now)];
  if (name === 'agent') return agentDifferences(recorded, now);
  if (name === 'initial_resources') return resourceDifferences(recorded, now);
  return fieldDifferences(name, recorded, now);
}

/** Field by field, down to what is no object. */
function fieldDifferences(path: string, recorded: Json | undefined, now: Json | undefined): string[] {
  if (isDeepStrictEqual(recorded, now)) return [];
  if (!isObject(recorded) || !isObject(now)) return [`${path}: ${shown(recorded)} → ${shown(now)}`];
  const names = new Set([...Object.keys(recorded), ...Object.keys(now)]);
  return [...names].flatMap((name) => fieldDifferences(`${path}.${name}`, recorded[name], now[name]));
}

/** By the agent's files. */
function agentDifferences(recorded: Json | undefined, now: Json | undefined): string[] {
  const before = isObject(recorded) ? recorded : {};
  const after = isObject(now) ? now : {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (before[name] === after[name]) return [];
    const what =
      name === '.' ? "the agent's module" : name === '' ? "the agent's code" : `${name}, which the agent imports,`;
    const how = before[name] === undefined ? 'is new' : after[name] === undefined ? 'is gone' : 'has changed';
    return [`${what} ${how}`];
  });
}

/** By their names, and by what is shown of them: only their hashes tell whether they are equal. */
function resourceDifferences(recorded: Json | undefined, now: Json | undefined): string[] {
  const before = isObject(recorded) ? recorded : {};
  const after = isObject(now) ? now : {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, next] = [before[name], after[name]].map((resource) => (isObject(resource) ? resource : undefined));
    if (old?.['hash'] === next?.['hash']) return [];
    const [from, to] = [shown(old?.['shown']), shown(next?.['shown'])];
    return [`initial_resources.${name}: ${from === to ? 'other content' : `${from} → ${to}`}`];
  });
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDataset(value: Json | undefined): value is Json & DatasetFingerprint {
  return isObject(value) && typeof value['rows'] === 'number' && typeof value['row_hashes'] === 'string';
}
