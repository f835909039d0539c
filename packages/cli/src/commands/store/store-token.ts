import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import type { CliContext } from '../../cli-context.ts';
import { CliError } from '../../exit-codes.ts';
import type { StoreArguments } from '../store.ts';

/** What clients must show, and where it comes from. */
export interface StoreToken {
  /** `null`: nothing. */
  readonly token: string | null;
  /** Whether nobody knows it yet, so that it has to be printed. */
  readonly isNew: boolean;
}

/** A file that is longer holds something else. */
const MAX_FILE_BYTES = 4096;

/**
 * Finds the token: none with `--no-auth`, else from the file, else from the environment, else a new one. What is on the command line goes
 * before the environment. The token itself is never there: other users of the machine can read command lines.
 * @throws CliError for a file that cannot be read or made, and for a token that no header can carry; its value stays out of the message
 */
export async function findToken(
  { auth, tokenFile }: Pick<StoreArguments, 'auth' | 'tokenFile'>,
  context: Pick<CliContext, 'env' | 'stderr'>,
): Promise<StoreToken> {
  if (!auth) return { token: null, isNew: false };
  if (tokenFile !== undefined) return { token: await tokenInFile(tokenFile, context), isNew: false };
  const given = context.env['AGL_TOKEN'];
  if (given) return { token: checkToken(given, 'the variable AGL_TOKEN'), isNew: false };
  return { token: newToken(), isNew: true };
}

async function tokenInFile(file: string, context: Pick<CliContext, 'stderr'>): Promise<string> {
  try {
    const { mode, size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new CliError(`Cannot use the token file ${file}: it is larger than a token`);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      context.stderr.write(`warning: other users may read the token file ${file}: chmod 600 keeps them out\n`);
    }
    return checkToken((await readFile(file, 'utf8')).trim(), `the token file ${file}`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== 'ENOENT') throw unusable(file, error);
  }
  return await makeTokenFile(file, context);
}

/** Never through a link that somebody else has put there: `wx` makes a new file or none. */
async function makeTokenFile(file: string, context: Pick<CliContext, 'stderr'>): Promise<string> {
  const token = newToken();
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(`${token}\n`);
    await handle.sync();
  } catch (error) {
    throw isSystemError(error) ? unusable(file, error) : error;
  }
  context.stderr.write(`A new token is in ${file}\n`);
  return token;
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function checkToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError(`Cannot use ${source}: a token is visible ASCII without spaces`);
}

function unusable(file: string, error: NodeJS.ErrnoException): CliError {
  return new CliError(`Cannot use the token file ${file}: ${error.message}`, undefined, { cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
