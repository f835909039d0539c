import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process, told from a later one that is given the same id. */
interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** What Linux tells of a process: the fields of `/proc/<pid>/stat` that matter here. */
interface ProcessState extends ProcessIdentity {
  readonly group: string;
}

/**
 * The number under which the operating system knows the thread that calls this, `undefined` where it does not tell (anywhere but on Linux). By it another
 * thread finds the processes that this one has started.
 */
export function osThreadId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/**
 * The processes that a thread of this process has started, and those that they have started in turn, as far as they are in the process group of this
 * process: what was started `detached` is meant to go on by itself.
 */
export function processesOf(threadId: string): ProcessIdentity[] {
  const own = stateOf(process.pid);
  const found: ProcessState[] = [];
  const unread = childrenOf(process.pid, threadId);
  // The list grows while it is walked.
  for (const pid of unread) {
    const state = stateOf(pid);
    if (state === undefined || state.group !== own?.group) continue;
    found.push(state);
    for (const task of tasksOf(pid)) unread.push(...childrenOf(pid, task));
  }
  return found;
}

/** Kills those that are still there. @returns how many */
export function killProcesses(processes: readonly ProcessIdentity[]): number {
  const alive = processes.filter(({ pid, startTime }) => stateOf(pid)?.startTime === startTime);
  return alive.filter(({ pid }) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile, or became another user's.
      return false;
    }
  }).length;
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function childrenOf(pid: number, task: string): number[] {
  const text = read(`/proc/${pid}/task/${task}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

/** `undefined` for one that is not there, or has ended and only waits for somebody to ask how. */
function stateOf(pid: number): ProcessState | undefined {
  // The name, in parentheses, may hold anything.
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  if (fields === undefined || fields[STATE] === 'Z') return undefined;
  return { pid, group: fields[GROUP] ?? '', startTime: fields[START_TIME] ?? '' };
}

/** Where the fields are, counted from the first one after the name; see proc_pid_stat(5). */
const STATE = 0;
const GROUP = 2;
const START_TIME = 19;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
