// The main module of a runner process, see ProcessGroup.
import { enableCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { WorkerContext } from '../worker-thread/input.ts';
import { siblingUrl } from '../worker-thread/sibling-url.ts';
import type { ProcessArguments, UncaughtNotice, WatchdogData } from './lifeline.ts';
import { parentPort } from './process-port.ts';

const { entry, exportName, logs, rssMb, intervalMs } = JSON.parse(process.argv[2] ?? '{}') as ProcessArguments;

// Every process imports the same: those after the first find it compiled, and start in half the time.
enableCompileCache();

new Worker(siblingUrl('./watchdog', import.meta.url), {
  workerData: { rssMb, intervalMs } satisfies WatchdogData,
  env: {},
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
}).unref();

const port = parentPort();
// Only listens: the error is printed and ends the process as it always does.
process.on('uncaughtExceptionMonitor', (error: unknown) => {
  port.post({ type: 'uncaught', message: describe(error) } satisfies UncaughtNotice);
});

const exports = (await import(entry)) as Record<string, (context: WorkerContext) => Promise<never>>;
await exports[exportName]?.({ port, logs });

function describe(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'something that cannot be described';
  }
}
