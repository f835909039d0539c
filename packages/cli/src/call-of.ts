import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * How a user calls `agl` here: as it was called, if a package manager did. A command that is shown is one that can be typed.
 * @param env - package managers say there who they are
 */
export function callOf(env: Readonly<Record<string, string | undefined>>): string {
  const manager = /^\w+/.exec(env['npm_config_user_agent'] ?? '')?.[0];
  if (manager === 'npm') return 'npx agl';
  if (manager === 'pnpm' && !isInstalled('pnpm', env['PATH'])) return `npx -y pnpm@${majorOf(env)} agl`;
  return manager === 'pnpm' || manager === 'yarn' ? `${manager} agl` : manager === 'bun' ? 'bunx agl' : 'agl';
}

/** Whether the user can type it: what `npx` puts on the PATH is gone with its command. Where there is no PATH, nobody knows, and it is taken to be there. */
function isInstalled(command: string, path: string | undefined): boolean {
  if (path === undefined) return true;
  const folders = path.split(delimiter).filter((folder) => !/[\\/]_npx[\\/]/.test(folder));
  return folders.some((folder) => [command, `${command}.cmd`].some((name) => existsSync(join(folder, name))));
}

function majorOf(env: Readonly<Record<string, string | undefined>>): string {
  return /^\w+\/(\d+)/.exec(env['npm_config_user_agent'] ?? '')?.[1] ?? 'latest';
}
