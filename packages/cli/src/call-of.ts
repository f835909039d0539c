/**
 * How a user calls `agl` here: as it was called, if a package manager did. A command that is shown is one that can be typed.
 * @param env - package managers say there who they are
 */
export function callOf(env: Readonly<Record<string, string | undefined>>): string {
  const manager = /^\w+/.exec(env['npm_config_user_agent'] ?? '')?.[0];
  if (manager === 'npm') return 'npx agl';
  return manager === 'pnpm' || manager === 'yarn' ? `${manager} agl` : manager === 'bun' ? 'bunx agl' : 'agl';
}

/** A word of a command line as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w./@:+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
