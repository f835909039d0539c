import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Beyond this share lost, a figure says as much about the machine's other work as about the program. */
export const QUIET_SHARE = 0.01;

const BUSY_LOOP = fileURLToPath(new URL('./busy-loop.ts', import.meta.url));

const runFile = promisify(execFile);

/**
 * How busy others keep this machine: a busy loop on each core, all at once.
 *
 * @returns the greatest share of its time that one of them lost, from 0 to 1
 */
export async function measureJitter(durationMs = 500): Promise<number> {
  const cores = Array.from({ length: availableParallelism() }, (_, core) => core);
  return Math.max(...(await Promise.all(cores.map((core) => lostShare(core, durationMs)))));
}

async function lostShare(core: number, durationMs: number): Promise<number> {
  const program = [process.execPath, BUSY_LOOP, String(durationMs)] as const;
  // Elsewhere nothing pins a process from outside: the loop then competes with its siblings for cores at times.
  const [command, ...args] = process.platform === 'linux' ? ['taskset', '-c', String(core), ...program] : program;
  const { stdout } = await runFile(command!, args);
  return Number(stdout);
}
