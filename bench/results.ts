import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { BenchLine } from './bench.ts';

/** What a run measured; git does not keep it. */
export const LATEST_RESULTS = inResults('latest.json');

/** The figures of `docs/performance.md`, from `pnpm bench --record`. */
export const RECORDED_RESULTS = inResults('recorded.json');

/** What figures depend on besides the code. Nothing in it names the machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly sqlite: string;
}

/** A file of results. */
export interface Results {
  readonly machine: Machine;
  /** As they were printed. */
  readonly lines: readonly BenchLine[];
}

/** The machine and the versions of this process. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.version,
    v8: process.versions.v8,
    sqlite: process.versions['sqlite'] ?? 'none',
  };
}

/** Whether figures of one may stand beside figures of the other. */
export function isSameMachine(a: Machine, b: Machine): boolean {
  return isDeepStrictEqual(a, b);
}

/** With the lines of one benchmark in the place of those that it had. */
export function mergeResults(results: Results, bench: string, lines: readonly BenchLine[]): Results {
  return { ...results, lines: [...results.lines.filter((line) => line.bench !== bench), ...lines] };
}

/** `undefined` if there is no such file. */
export function readResults(path: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One line of a benchmark is one line of the file, so that a change of it reads well. */
export function writeResults(path: string, { machine, lines }: Results): void {
  const text = lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `{\n  "machine": ${JSON.stringify(machine)},\n  "lines": [\n${text}\n  ]\n}\n`);
  renameSync(`${path}.new`, path);
}

function inResults(name: string): string {
  return fileURLToPath(new URL(`./results/${name}`, import.meta.url));
}
