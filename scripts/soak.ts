// Kills searches a thousand times for each target, and sees that nothing comes of it: `pnpm soak`. See docs/reliability.md.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TARGET_NAMES, TARGETS, type Target } from '../packages/agentlightning/test/kills/kill-plan.ts';
import { Stage } from '../packages/agentlightning/test/kills/stage.ts';
import { runTrial, type TrialReport } from '../packages/agentlightning/test/kills/trial.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [...TARGETS] },
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    trial: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const targets = values.target.filter((name): name is Target => TARGETS.some((known) => known === name));
const wanted = Number(values.kills);
const seed = Number(values.seed);
const only = values.trial === undefined ? undefined : Number(values.trial);
const isUnderstood =
  targets.length === values.target.length &&
  [wanted, seed, ...(only === undefined ? [] : [only])].every((number) => Number.isInteger(number) && number >= 0);
if (values.help || !isUnderstood) {
  const list = TARGETS.map((target) => `  ${target.padEnd(8)} ${TARGET_NAMES[target]}`).join('\n');
  console.log(
    `pnpm soak [--target NAME]… [--kills 1000] [--seed N]\npnpm soak --target NAME --trial SEED   one trial again\n\nTargets:\n${list}`,
  );
  process.exit(values.help ? 0 : 2);
}

// All processes import the same modules: all but the first find them compiled, which is a third of what a trial costs.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
// The processes of the trial go along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
await using stage = await Stage.open();
const failed: TrialReport[] = [];
for (const target of targets) await soak(target);
console.log(failed.length === 0 ? '\nEverything holds.' : `\n${failed.length} trials with violations, see above.`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function soak(target: Target): Promise<void> {
  console.log(`\n▸ ${target}: ${TARGET_NAMES[target]} (seed ${only ?? seed})`);
  const start = performance.now();
  let kills = 0;
  let trials = 0;
  for (let trial = only ?? seed; only === undefined ? kills < wanted : trials === 0; trial += 1) {
    const report = await runTrial(stage, target, trial);
    trials += 1;
    kills += report.kills.length;
    if (report.violations.length > 0) tell(report);
    if (only !== undefined) console.log(report.kills.map((kill) => `  killed ${kill}`).join('\n'));
    else if (trials % 10 === 0) console.log(`  ${kills} of ${wanted} kills, ${failed.length} violations`);
  }
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`  ${kills} kills in ${trials} trials, ${minutes} min`);
}

function tell(report: TrialReport): void {
  const { target, seed: trial, kills, violations, folder } = report;
  failed.push(report);
  console.error(`✗ pnpm soak --target ${target} --trial ${trial}   files are in ${folder}`);
  for (const kill of kills) console.error(`    killed ${kill}`);
  for (const { invariant, what } of violations) console.error(`    ${invariant} does not hold: ${what}`);
}
