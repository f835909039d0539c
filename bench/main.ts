// Measures what the project claims about its speed: `pnpm bench [name…]`. See README.md.
import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { type BenchLine, isPastGate } from './bench.ts';
import { BENCHES } from './benches.ts';
import { updatePerformanceDocument } from './performance-document.ts';
import {
  isSameMachine,
  LATEST_RESULTS,
  mergeResults,
  RECORDED_RESULTS,
  type Results,
  readResults,
  thisMachine,
  writeResults,
} from './results.ts';

// As the demo does: worker threads find their modules compiled.
enableCompileCache();

const WRONG_ARGUMENTS = 2;

/** @returns the exit code: 0, or 1 when a figure is past its gate, or 2 for arguments that make no sense */
async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(args);
  if (typeof given === 'number') return given;
  const { values, positionals: names } = given;
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no benchmark ${unknown.join(', ')}: there are ${BENCHES.map(({ name }) => name).join(', ')}`,
    );
    return WRONG_ARGUMENTS;
  }
  const file = values.record ? RECORDED_RESULTS : LATEST_RESULTS;
  const known = readResults(file);
  const isKnownHere = known !== undefined && isSameMachine(known.machine, thisMachine());
  if (values.record && names.length > 0 && known !== undefined && !isKnownHere) {
    console.error(
      'What is recorded was measured on another machine, or with other versions: record all, without names',
    );
    return WRONG_ARGUMENTS;
  }
  // What is not measured now stays, unless it was measured elsewhere.
  let results: Results = { machine: thisMachine(), lines: isKnownHere ? known.lines : [] };
  let exitCode = 0;
  for (const bench of BENCHES) {
    if (names.length > 0 ? !names.includes(bench.name) : bench.byNameOnly === true) continue;
    console.error(`${bench.name} …`);
    const lines: BenchLine[] = [];
    for await (const line of bench.run()) {
      lines.push(line);
      console.log(JSON.stringify(line));
      if (typeof line['warning'] === 'string') console.error(`  ${line['warning']}`);
      if (!isPastGate(line, bench.wanted)) continue;
      console.error(`  ${line.bench}: ${line.ratio} is past the gate of ${line.gate}`);
      exitCode = 1;
    }
    // After each, so that a run that is cut short leaves what it measured.
    results = mergeResults(results, bench.name, lines);
    writeResults(file, results);
  }
  if (values.record) updatePerformanceDocument(BENCHES, results);
  return exitCode;
}

/** The arguments; an exit code when there is nothing to measure. */
function readArguments(args: readonly string[]) {
  try {
    const given = parseArgs({
      args: args.filter((arg) => arg !== '--'),
      allowPositionals: true,
      options: { record: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    if (!given.values.help) return given;
    console.log(usage());
    return 0;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage()}`);
    return WRONG_ARGUMENTS;
  }
}

function usage(): string {
  const named = BENCHES.map(
    ({ name, byNameOnly }) => `  ${name}${byNameOnly === true ? '   only when it is named' : ''}`,
  );
  return [
    'Usage: bench [--record] [NAME…]',
    '',
    '  --record   puts the figures into docs/performance.md as well',
    '',
    'Without names it measures all of these:',
    ...named,
  ].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
