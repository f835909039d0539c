import { appendFileSync } from 'node:fs';
import { FAILPOINTS, type Failpoint } from './failpoints.ts';

/** The exit code of a thread that a failpoint has ended. */
export const ENDED_BY_FAILPOINT = 86;

/** What is armed, by the environment of the process: see {@link armFailpoint}. */
const armed = armFailpoint(process.env['AGL_FAILPOINT']);

/** A moment at which a test can kill the process. Does nothing unless `AGL_FAILPOINT` says so. */
export function failpoint(name: Failpoint): void {
  if (armed !== undefined) armed(name);
}

/**
 * Reads what is to happen where. For tests only, which give it to the processes they start; it is counted in each thread by itself.
 *
 * | `AGL_FAILPOINT` | does |
 * | --- | --- |
 * | `kill NAME N` | ends the process by SIGKILL when the failpoint is passed for the Nth time |
 * | `exit NAME N` | ends the thread; in the main thread the process, without waiting for anything |
 * | `throw NAME N` | throws |
 * | `delay NAME N MS` | holds the thread for so many milliseconds |
 * | `note PATH` | adds the name of every failpoint that is passed to a file, a line each |
 * | `…; …` | both, in this order |
 *
 * @returns what a failpoint calls when it is passed; `undefined` if nothing is armed
 * @throws RangeError for what is none of these, with the value and what is wanted
 */
export function armFailpoint(setting: string | undefined): ((name: Failpoint) => void) | undefined {
  if (!setting) return undefined;
  const actions = setting.split('; ').map((one) => armOne(one, setting));
  return (name) => {
    for (const act of actions) act(name);
  };
}

function armOne(one: string, setting: string): (name: Failpoint) => void {
  const path = /^note (.+)$/.exec(one)?.[1];
  if (path !== undefined) return (name) => appendFileSync(path, `${name}\n`);
  const [action = '', target, count, milliseconds] = one.split(' ');
  const nth = Number(count);
  const act = actionOf(action, Number(milliseconds));
  const isKnown = FAILPOINTS.some((name) => name === target);
  if (act === undefined || !isKnown || !Number.isInteger(nth) || nth < 1) throw notUnderstood(setting);
  let passed = 0;
  return (name) => {
    if (name !== target) return;
    passed += 1;
    if (passed === nth) act(name);
  };
}

function actionOf(action: string, milliseconds: number): ((name: Failpoint) => void) | undefined {
  switch (action) {
    case 'kill':
      return () => {
        process.kill(process.pid, 'SIGKILL');
        // Nothing of this thread may come after it, however long the system takes.
        hold(60_000);
      };
    case 'exit':
      return () => process.exit(ENDED_BY_FAILPOINT);
    case 'throw':
      return (name) => {
        throw new Error(`The failpoint ${name} was armed to throw`);
      };
    case 'delay':
      return milliseconds > 0 ? () => hold(milliseconds) : undefined;
    default:
      return undefined;
  }
}

function hold(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function notUnderstood(setting: string): RangeError {
  return new RangeError(
    `Cannot arm a failpoint as AGL_FAILPOINT must be 'kill NAME N', 'exit NAME N', 'throw NAME N', 'delay NAME N MS', 'note PATH' or several of them with '; ' between, where N is 1 or more and NAME one of ${FAILPOINTS.join(', ')}: it is '${setting}'`,
  );
}
