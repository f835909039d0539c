import { Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { parsePort } from './serving/parse-port.ts';

/** What the command line says. */
export interface StoreArguments {
  readonly host: string;
  readonly port: number;
  readonly db: string;
  readonly memory?: true;
  readonly tokenFile?: string;
  /** `false` with `--no-auth`. */
  readonly auth: boolean;
  readonly corsOrigin: readonly string[];
  readonly allowedHost: readonly string[];
  readonly json?: true;
}

/** `agl store`: a store server in the foreground, for algorithms and runners that run elsewhere. */
export function storeCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('store')
    .description('Serve a store that algorithms and runners share')
    .option('--host <host>', 'where to listen; another than loopback is reached from other machines', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for a free one', parsePort, 4747)
    .option('--db <file>', 'SQLite file to keep everything in; made where there is none', 'agl-store.db')
    .addOption(new Option('--memory', 'keep everything in memory: nothing is left afterwards').conflicts('db'))
    .addOption(
      new Option('--token-file <file>', 'file with the token; made, for you alone, where there is none').conflicts(
        'auth',
      ),
    )
    .option('--no-auth', 'ask nobody for a token; only on loopback')
    .option('--cors-origin <origin>', 'let pages of this origin use the store; may be repeated', append, [])
    .option('--allowed-host <name>', 'a name of a proxy or tunnel before the store; may be repeated', append, [])
    .option('--json', 'print the line that says where it listens as JSON')
    .addHelpText('after', HELP)
    .action(async (options: StoreArguments) => {
      // Here and not above: help and other commands need no server.
      const { serveStore } = await import('./store/serve-store.ts');
      finish(await serveStore(options, context));
    });
}

const HELP = `
Clients show a token: the one in --token-file, else that of the variable AGL_TOKEN,
else one that is made and printed. What is in the store can be looked at in a browser, at
the same address.

Examples:
  $ agl store
      on this machine, in agl-store.db, with a new token
  $ agl store --memory --no-auth
      for a Python client on this machine: LightningStoreClient("http://127.0.0.1:4747")
  $ agl store --host 0.0.0.0 --token-file token
      for other machines, with the same token each time

Exit status:
  130, 143 or 129 after Ctrl-C, SIGTERM or the end of its terminal; 2 for what cannot be asked for;
  3 if the file cannot be read; 4 if somebody else has the address or the file; 1 for a defect.
`;

function append(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}
