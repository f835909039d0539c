// The whole gate: `pnpm check`. Steps can be named to run only those, or left out: `pnpm check --skip test`.
import { parseArgs } from 'node:util';
import { runProgram } from './run-program.ts';

interface Step {
  readonly name: string;
  readonly what: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

const STEPS: readonly Step[] = [
  { name: 'test', what: 'every test', command: ['vitest', 'run'] },
  {
    name: 'processes',
    what: 'processes and threads are stopped, killed, paused and contained in every way, of which the tests try some',
    command: [
      'vitest',
      'run',
      // Some are ten processes one after the other.
      '--testTimeout=180000',
      ...['resume', 'budget', 'paused-run', 'stopping', 'processes', 'secrets', 'kills/checker'].map(
        (file) => `agentlightning/test/${file}.test`,
      ),
      ...['lost-runners', 'isolation'].map((file) => `execution/test/${file}`),
      ...['restart-store', 'agl-runs', 'runs-directory'].map((file) => `cli/test/${file}`),
    ],
    env: { AGL_PROCESSES: 'every' },
  },
  {
    name: 'kills',
    what: 'a store under load, and whatever takes part in a search, are killed 40 times each, and nothing is lost',
    command: ['vitest', 'run', 'kill-store', 'kills/kills'],
    env: { AGL_STORE_KILLS: '40', AGL_KILLS: '40' },
  },
  {
    name: 'failpoints',
    what: 'processes are killed at every failpoint, and something fails there, and they come to the same',
    command: ['vitest', 'run', 'kills/kills', '-t', 'a failpoint'],
    env: { AGL_KILLED_AT: 'every' },
  },
  {
    name: 'leaks',
    what: '200 threads and 40 processes are replaced, and nothing of them is left',
    command: ['vitest', 'run', 'replacements'],
    env: { AGL_REPLACEMENTS: '200' },
  },
  {
    name: 'histories',
    what: '50,000 random histories of the stores in memory and in a file, 500 over HTTP, against the reference model',
    command: ['vitest', 'run', 'histories', '--maxWorkers=2'],
    env: { AGL_HISTORIES: '50000' },
  },
  {
    name: 'browser',
    what: 'every view of the page in a Chromium: hostile texts, narrow screens, light and dark, with keys alone, 40,000 events',
    command: ['vitest', 'run', 'packages/dashboard/test', '--testTimeout=180000'],
    env: { AGL_BROWSER: 'all' },
  },
  { name: 'build', what: 'every package compiles', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  {
    name: 'types',
    what: 'tests, examples and scripts type-check',
    command: ['tsc', '-p', 'tsconfig.check.json'],
  },
  { name: 'page', what: 'the page type-checks', command: ['tsc', '-p', 'packages/dashboard'] },
  {
    name: 'lint',
    what: 'no floating promises, import cycles and the like',
    command: ['oxlint', '--type-aware', '--deny-warnings'],
  },
  { name: 'format', what: 'formatting and syntax rules', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'unused',
    what: 'no unused files, exports or dependencies',
    command: ['knip', '--no-config-hints'],
  },
  {
    name: 'packages',
    what: 'packed packages install with npm, run the first example of the README, and search in a new project',
    command: ['node', 'scripts/check-packages.ts'],
  },
  {
    name: 'interop',
    what: 'works together with Agent Lightning for Python, where that can be installed',
    command: ['node', 'scripts/interop/main.ts'],
  },
  { name: 'examples', what: 'every example runs and checks itself', command: ['node', 'scripts/check-examples.ts'] },
];

const { values, positionals } = parseArgs({
  options: { skip: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
const unknown = [...values.skip, ...positionals].filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}: the steps are ${STEPS.map((step) => step.name).join(', ')}`);
  process.exit(2);
}

/** So much of what a failed step printed is repeated: whoever has only the end of a log finds the reason there. */
const LAST_LINES = 80;

const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
const env = { ...process.env, ...colours, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
const failed = new Map<string, readonly string[]>();
for (const { name, what, command, env: more } of STEPS) {
  if (values.skip.includes(name) || (positionals.length > 0 && !positionals.includes(name))) continue;
  console.log(`\n▸ ${name}: ${what}`);
  const start = performance.now();
  const { stdout, stderr } = process;
  const ended = await runProgram(command, { env: { ...env, ...more }, lastLines: LAST_LINES, stdout, stderr });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const problem = ended.problem === undefined ? '' : `: ${ended.problem}`;
  console.log(`${ended.code === 0 ? '✓' : '✗'} ${name} (${seconds} s)${problem}`);
  if (ended.code !== 0) failed.set(name, ended.lastLines);
}
for (const [name, lastLines] of failed) console.log(`\n✗ ${name} ended with:\n${lastLines.join('\n')}`);
console.log(failed.size === 0 ? '\nEverything holds.' : `\nFailed: ${[...failed.keys()].join(', ')}`);
process.exit(failed.size === 0 ? 0 : 1);
