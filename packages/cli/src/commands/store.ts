import { Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** What the command line says. */
export interface StoreArguments {
  readonly host: string;
  readonly port: number;
  readonly memory?: true;
  readonly tokenFile?: string;
  /** `false` with `--no-auth`. */
  readonly auth: boolean;
  readonly json?: true;
}

/** `agl store`: a store server in the foreground, for algorithms and runners that run elsewhere. */
export function storeCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('store')
    .description('Start a store that algorithms and runners share, until Ctrl-C or SIGTERM')
    .option('--host <host>', 'where to listen; another than loopback is reached from other machines', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for a free one', parsePort, 4747)
    .option('--memory', 'keep everything in memory: nothing is left when the store stops')
    .option('--token-file <file>', 'file with the token; made, readable by you alone, where there is none')
    .option('--no-auth', 'ask nobody for a token; only on loopback')
    .option('--json', 'print the line that says where it listens as JSON')
    .addHelpText('after', HELP)
    .action(async (options: StoreArguments) => {
      // Here and not above: help and other commands need no server.
      const { serveStore } = await import('./store/serve-store.ts');
      finish(await serveStore(options, context));
    });
}

const HELP = `
The token that clients must show comes from --token-file, or the variable AGL_TOKEN; otherwise one is made and printed.

Examples:
  $ agl store                                       on this machine, with a new token
  $ agl store --memory --no-auth                    for a Python client of this machine: http://127.0.0.1:4747
  $ agl store --host 0.0.0.0 --token-file token     for other machines, with the same token each time

Exit status: 130 or 143 after Ctrl-C or SIGTERM, 2 for a wrong command line, 4 if the address is in use.`;

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
}
