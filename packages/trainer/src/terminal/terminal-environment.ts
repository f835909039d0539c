/** What can be done on an output, and what its user wants of it. */
export interface TerminalEnvironment {
  /** Whether lines that were written can be written over. */
  readonly canRedraw: boolean;
  readonly colors: boolean;
}

/**
 * Reads what a user says of a terminal. `NO_COLOR`, if it is not empty, turns colours off, `FORCE_COLOR` (but for `0` and `false`) turns them on, also where no
 * terminal is; otherwise a terminal has colours. With `TERM=dumb` it has none and nothing is written over.
 *
 * @param env - default: `process.env`
 */
export function readTerminalEnvironment(
  output: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): TerminalEnvironment {
  const isTerminal = output.isTTY === true;
  const isDumb = env['TERM'] === 'dumb';
  return { canRedraw: isTerminal && !isDumb, colors: wantsColors(env) ?? (isTerminal && !isDumb) };
}

function wantsColors(env: Readonly<Record<string, string | undefined>>): boolean | undefined {
  const forced = env['FORCE_COLOR'];
  // As in Node, which lets it come first.
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return env['NO_COLOR'] ? false : undefined;
}
