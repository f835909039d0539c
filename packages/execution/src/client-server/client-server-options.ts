import { checkNumberOption, refuseUnknownOptions } from '@agentlightning/core';
import {
  checkDeadline,
  DEFAULT_ABORT_MS,
  DEFAULT_DRAIN_MS,
  DEFAULT_KILL_MS,
  DEFAULT_TERMINATE_MS,
} from '../deadline.ts';

/** Which parts of a run a process takes part in. */
export const EXECUTION_ROLES = ['algorithm', 'runner', 'both'] as const;

/** One of {@link EXECUTION_ROLES}. */
export type ExecutionRole = (typeof EXECUTION_ROLES)[number];

/** What may run in the main thread. */
export const MAIN_PROCESSES = ['algorithm', 'runner'] as const;

/** One of {@link MAIN_PROCESSES}. */
export type MainProcess = (typeof MAIN_PROCESSES)[number];

/** How runners are kept apart. */
export const ISOLATIONS = ['shared', 'thread', 'process'] as const;

/** One of {@link ISOLATIONS}. */
export type Isolation = (typeof ISOLATIONS)[number];

/** Options of `ClientServerExecutionStrategy`. */
export interface ClientServerExecutionOptions {
  /**
   * `both` (default): algorithm, store and runners in this process. `algorithm`: algorithm and store, and no runner; `runner`: runners only,
   * until the store they connect to closes. The last two need `port` and `token`, equal on both sides.
   */
  readonly role?: ExecutionRole;
  /**
   * What runs in the main thread when the role is `both`. `algorithm` (default): the algorithm, beside the store it uses without HTTP; the
   * agents run in threads. `runner`: the agents, so that breakpoints in them hold; the algorithm and its store run in a thread.
   */
  readonly mainProcess?: MainProcess;
  /**
   * `shared` (default): a few threads share the runners' slots. `thread`: one thread for each runner, for agents that block or
   * crash; a thread costs about 60 MB and 0.5 s of CPU time. `process`: one process for each runner, for agents that call `execSync`, eat memory
   * outside of the JavaScript heap, or load native code that may crash; a process costs about 150 MB, a third of it shared, and 0.7 s. Both others belong to
   * `mainProcess: 'algorithm'`. What each contains: docs/guides/choose-where-things-run.md.
   */
  readonly isolation?: Isolation;
  /** Address the store server listens on, or that runners connect to. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port of the store server, 0 to 65535. Default 0: any free one. */
  readonly port?: number;
  /** What a client of the store has to present. Default: a new random one for each run. Never logged. */
  readonly token?: string;
  /** Threads that share the slots with `isolation: 'shared'`. Default: as many as the machine runs at once; never more than runners. */
  readonly threads?: number;
  /** How long rollouts in flight may take to finish once the run is over or stopped, in milliseconds. Default 10,000; 0 gives them no time. */
  readonly drainMs?: number;
  /** How long agents may take to obey the abort that follows, in milliseconds. Default 5,000. Then their threads are terminated, or their processes killed. */
  readonly abortMs?: number;
  /** How long threads may take to end by that, in milliseconds. Default 4,000. What a thread waits for that does not (`execSync`) is killed then. */
  readonly terminateMs?: number;
  /** How long threads may take to end by that, in milliseconds. Default 1,000. A thread that is still there is left behind, with a warning. */
  readonly killMs?: number;
  /** How long a thread or process may take to start and load the agent, in milliseconds. Default 60,000. */
  readonly startMs?: number;
  /**
   * A thread or process whose event loop stands still for this long is ended and replaced, in milliseconds. Default with isolation `shared`: 30,000, as the other
   * rollouts of the thread stand still with it. Default with `thread` and `process`: no limit but that of the rollout (`timeoutSeconds`), as nobody
   * else is kept waiting. An event loop that stands still 3 s past the time limit of its rollout, or `abortMs` if that is less, is ended in any case.
   */
  readonly blockedMs?: number;
  /**
   * How large the JavaScript heap of a thread or process may grow, in MB; it is ended and replaced before it grows further. At least 16. Default: an equal share
   * of three quarters of the machine's memory, between 512 and 4096.
   */
  readonly heapMb?: number;
  /**
   * How much memory a process may take in all, buffers and native code included, in MB of its resident set; it is ended and replaced before it takes more. Only
   * with isolation `process`. At least 64. Default: an equal share of three quarters of the machine's memory, at least 1024.
   */
  readonly rssMb?: number;
}

/** {@link ClientServerExecutionOptions} with the defaults filled in. */
export interface ResolvedClientServerOptions
  extends Omit<Required<ClientServerExecutionOptions>, 'token' | 'threads' | 'heapMb' | 'rssMb'> {
  readonly token: string | undefined;
  readonly threads: number | undefined;
  /** `undefined`: a share of the machine's memory, see `memoryShare()`. */
  readonly heapMb: number | undefined;
  readonly rssMb: number | undefined;
}

const ACTION = 'Cannot create ClientServerExecutionStrategy';

const NAMES: readonly (keyof ClientServerExecutionOptions)[] = [
  'role',
  'mainProcess',
  'isolation',
  'host',
  'port',
  'token',
  'threads',
  'drainMs',
  'abortMs',
  'terminateMs',
  'killMs',
  'startMs',
  'blockedMs',
  'heapMb',
  'rssMb',
];

/**
 * Checks the options and fills in the defaults. Reads no environment.
 *
 * @throws TypeError for unknown names, values of the wrong type, and combinations that contradict each other
 * @throws RangeError for values out of range
 */
export function resolveClientServerOptions(options: ClientServerExecutionOptions): ResolvedClientServerOptions {
  refuseUnknownOptions(ACTION, options, NAMES);
  const isolation = checkChoice('isolation', options.isolation ?? 'shared', ISOLATIONS);
  const resolved: ResolvedClientServerOptions = {
    role: checkChoice('role', options.role ?? 'both', EXECUTION_ROLES),
    mainProcess: checkChoice('mainProcess', options.mainProcess ?? 'algorithm', MAIN_PROCESSES),
    isolation,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    token: options.token,
    threads: options.threads,
    drainMs: checkDeadline(ACTION, 'drainMs', options.drainMs ?? DEFAULT_DRAIN_MS),
    abortMs: checkDeadline(ACTION, 'abortMs', options.abortMs ?? DEFAULT_ABORT_MS),
    terminateMs: checkDeadline(ACTION, 'terminateMs', options.terminateMs ?? DEFAULT_TERMINATE_MS),
    killMs: checkDeadline(ACTION, 'killMs', options.killMs ?? DEFAULT_KILL_MS),
    startMs: checkDeadline(ACTION, 'startMs', options.startMs ?? 60_000, 1),
    blockedMs:
      options.blockedMs === undefined && isolation !== 'shared'
        ? Number.POSITIVE_INFINITY
        : checkDeadline(ACTION, 'blockedMs', options.blockedMs ?? 30_000, 1),
    heapMb: options.heapMb,
    rssMb: options.rssMb,
  };
  if (typeof resolved.host !== 'string' || resolved.host === '') {
    throw new TypeError(`${ACTION} as 'host' must be a name or an address: current value is ${show(resolved.host)}`);
  }
  checkNumberOption(ACTION, 'port', resolved.port, { integer: true, min: 0, max: 65_535 });
  if (resolved.threads !== undefined) checkNumberOption(ACTION, 'threads', resolved.threads, { integer: true, min: 1 });
  if (resolved.heapMb !== undefined) checkNumberOption(ACTION, 'heapMb', resolved.heapMb, { integer: true, min: 16 });
  if (resolved.rssMb !== undefined) checkNumberOption(ACTION, 'rssMb', resolved.rssMb, { integer: true, min: 64 });
  if (resolved.token !== undefined) checkToken(resolved.token);
  checkCombination(resolved);
  return resolved;
}

function checkCombination(options: ResolvedClientServerOptions): void {
  const { role, mainProcess, isolation } = options;
  if (role !== 'both' && (options.port === 0 || options.token === undefined)) {
    const missing = [
      ...(options.port === 0 ? ["'port' (AGL_SERVER_PORT)"] : []),
      ...(options.token === undefined ? ["'token' (AGL_TOKEN)"] : []),
    ].join(' and ');
    throw new TypeError(
      `${ACTION} with role '${role}' as the two sides meet at an agreed address: set ${missing}, as options or in the environment of both processes`,
    );
  }
  if (role !== 'both' && mainProcess === 'runner') {
    throw new TypeError(
      `${ACTION} as 'mainProcess' may be 'runner' only when 'role' is 'both': current role is '${role}'`,
    );
  }
  if (options.threads !== undefined && isolation !== 'shared') {
    throw new TypeError(
      `${ACTION} as 'threads' belongs to isolation 'shared': with isolation '${isolation}' each runner has its own`,
    );
  }
  if (mainProcess === 'runner' && isolation !== 'shared') {
    throw new TypeError(
      `${ACTION} as with mainProcess 'runner' all runners are in the main thread, and nothing keeps them apart: isolation must be 'shared', current value is '${isolation}'`,
    );
  }
  if (options.rssMb !== undefined && isolation !== 'process') {
    throw new TypeError(
      `${ACTION} as 'rssMb' belongs to isolation 'process', since threads share the memory of their process: current isolation is '${isolation}'`,
    );
  }
}

function checkChoice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  const wanted = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new TypeError(`${ACTION} as '${name}' must be ${wanted}: current value is ${show(value)}`);
}

function checkToken(token: unknown): void {
  // The value is left out of the messages: it is a secret even when it is unusable.
  if (typeof token !== 'string')
    throw new TypeError(`${ACTION} as 'token' must be a string: its type is ${typeof token}`);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new RangeError(`${ACTION} as 'token' must be printable ASCII without spaces, one character or more`);
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
