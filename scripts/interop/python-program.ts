import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, type ProgramOptions } from './program.ts';
import type { PythonEnvironment } from './python-environment.ts';

/** How to start a Python program. */
export interface PythonProgramOptions extends Omit<ProgramOptions, 'name' | 'command'> {
  readonly environment: PythonEnvironment;
  /** A file in `python/` or an absolute path; without `.py` one of the environment's programs, such as `agl`. */
  readonly program: string;
  readonly args?: readonly string[];
}

/** Starts a Python program, told to leave the network alone. */
export function startPython({ environment, program, args = [], env, ...options }: PythonProgramOptions): Program {
  return new Program({
    ...options,
    name: program,
    command: [environment.python, fileOf(program, environment), ...args],
    env: { ...QUIET, ...env },
  });
}

function fileOf(program: string, { programs }: PythonEnvironment): string {
  if (isAbsolute(program)) return program;
  return program.endsWith('.py')
    ? fileURLToPath(new URL(`python/${program}`, import.meta.url))
    : `${programs}/${program}`;
}

/** Keeps what is measured and checked on this machine. */
const QUIET: NodeJS.ProcessEnv = {
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  // Else importing litellm downloads a price list.
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  AGENTOPS_LOGGING_TO_FILE: 'false',
  // Everything is on loopback.
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
};
