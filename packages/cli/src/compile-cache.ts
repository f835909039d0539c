import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the compiled code of `agl` is kept from one start to the next, which halves the time that it takes. Below the user's home and not in the
 * system's folder for temporary files, which is Node's default: there somebody else could put code for us to run.
 */
export function compileCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(cacheHome(env, platform), 'agentlightning', 'compiled');
}

function cacheHome(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME'];
  if (platform === 'win32' && env['LOCALAPPDATA']) return env['LOCALAPPDATA'];
  return platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}
