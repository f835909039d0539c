// Runs this project's parts together with those of Agent Lightning for Python, unmodified: `pnpm interop [part…]`. See README.md.
import type { Part } from './part.ts';
import { Stage } from './part.ts';
import { aglStore } from './parts/agl-store.ts';
import { guide } from './parts/guide.ts';
import { pythonApo } from './parts/python-apo.ts';
import { pythonRunners } from './parts/python-runners.ts';
import { pythonServer } from './parts/python-server.ts';
import { pythonTraces } from './parts/python-traces.ts';
import { sameAnswers } from './parts/same-answers.ts';
import { type PythonEnvironment, preparePythonEnvironment } from './python-environment.ts';

const PARTS: readonly Part[] = [sameAnswers, pythonRunners, pythonApo, pythonServer, pythonTraces, aglStore, guide];

/** @returns the exit code: 0, or 1 when a part failed, or 2 for a name that there is not */
async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--');
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`There is no part ${unknown.join(', ')}: there are ${PARTS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const parts = PARTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const preparation = await preparePythonEnvironment((text) => console.log(text));
  switch (preparation.kind) {
    case 'unavailable':
      for (const { name } of parts) console.log(`- ${name}: skipped`);
      console.log(`Skipped for want of Agent Lightning for Python: ${preparation.reason}`);
      summarise({ passed: 0, failed: 0, skipped: parts.length });
      return 0;
    case 'failed':
      console.log(`Agent Lightning for Python could not be installed: ${preparation.reason}`);
      summarise({ passed: 0, failed: parts.length, skipped: 0 });
      return 1;
    case 'ready':
      break;
    default:
      return preparation satisfies never;
  }
  const { environment } = preparation;
  console.log(`Agent Lightning for Python on Python ${environment.version}`);
  let failed = 0;
  for (const part of parts) {
    if (!(await hasPassed(part, environment))) failed += 1;
  }
  summarise({ passed: parts.length - failed, failed, skipped: 0 });
  return failed === 0 ? 0 : 1;
}

async function hasPassed(part: Part, environment: PythonEnvironment): Promise<boolean> {
  console.log(`\n${part.name}: ${part.title}`);
  const start = performance.now();
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new Error(`The part took longer than ${part.deadlineMs / 1000} s`)),
    part.deadlineMs,
  );
  const stage = new Stage(environment, deadline.signal);
  let error: unknown;
  try {
    await Promise.race([part.run(stage), whenAborted(deadline.signal)]);
  } catch (caught) {
    error = caught;
  } finally {
    clearTimeout(timer);
    deadline.abort();
    await stage.close();
  }
  const { passed, failed } = stage.checks;
  const ok = error === undefined && failed === 0 && passed > 0;
  if (!ok) console.log(stage.output);
  if (error !== undefined) console.log(error);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${ok ? '✓' : '✗'} ${part.name}: ${passed} checks passed, ${failed} failed (${seconds} s)`);
  return ok;
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

function summarise({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): void {
  console.log(`\nInterop: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}

// Python programs end with this one: their `exit` handler needs an exit, not the signal's default.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const code = await main(process.argv.slice(2));
// Whatever a part that failed left open must not keep this alive.
process.exit(code);
