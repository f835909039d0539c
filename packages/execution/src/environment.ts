import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import {
  type ClientServerExecutionOptions,
  EXECUTION_ROLES,
  type ExecutionRole,
} from './client-server/client-server-options.ts';

/** What the environment says about where a process stands in a run. Absent: the variable is not set, or empty. */
export type ExecutionEnvironment = Pick<ClientServerExecutionOptions, 'role' | 'host' | 'port' | 'token'>;

/**
 * Reads where this process stands in a run: `AGL_CURRENT_ROLE` (`algorithm`, `runner` or `both`), `AGL_SERVER_HOST`, `AGL_SERVER_PORT` (1 to 65535),
 * as upstream names them, and `AGL_TOKEN`. An empty variable counts as not set. This is the one place where these are read; options
 * that are given explicitly go before them, see `ClientServerExecutionStrategy.fromEnvironment()`.
 *
 * Mirrors upstream `LightningEnvVar` (v0.3.0).
 *
 * @param env - default: `process.env`
 * @throws RangeError naming the variable, its value and what it may be. The value of `AGL_TOKEN` is never part of a message.
 */
export function readExecutionEnvironment(env: NodeJS.ProcessEnv = process.env): ExecutionEnvironment {
  const role = env['AGL_CURRENT_ROLE'];
  const host = env['AGL_SERVER_HOST'];
  const port = env['AGL_SERVER_PORT'];
  const token = env['AGL_TOKEN'];
  return {
    ...(role ? { role: parseRole(role) } : {}),
    ...(host ? { host } : {}),
    ...(port ? { port: parsePort(port) } : {}),
    ...(token ? { token } : {}),
  };
}

/**
 * The environment of a thread: a copy of this process's, so that agents find `OPENAI_API_KEY` and the like, without what says where the process stands
 * in a run. A thread has its place already, and the module that it imports may make a trainer for the place of its process; nor has an agent any
 * use for the store's token.
 *
 * A process that has switched on Node's compile cache shares it with its threads: they import much the same, and start in half the time.
 */
export function threadEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  compileCache: string | null = getCompileCacheDir() ?? null,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !VARIABLES.has(name));
  // Node keeps a folder for each of its versions in the one that it was given.
  const cache = compileCache === null ? {} : { NODE_COMPILE_CACHE: dirname(compileCache) };
  return { ...Object.fromEntries(kept), ...cache };
}

const VARIABLES: ReadonlySet<string> = new Set(['AGL_CURRENT_ROLE', 'AGL_SERVER_HOST', 'AGL_SERVER_PORT', 'AGL_TOKEN']);

function parseRole(value: string): ExecutionRole {
  const role = EXECUTION_ROLES.find((known) => known === value.toLowerCase());
  if (role !== undefined) return role;
  throw new RangeError(
    `Cannot use AGL_CURRENT_ROLE as it must be one of ${EXECUTION_ROLES.join(', ')}: it is '${value}'`,
  );
}

function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new RangeError(`Cannot use AGL_SERVER_PORT as it must be an integer from 1 to 65535: it is '${value}'`);
}
