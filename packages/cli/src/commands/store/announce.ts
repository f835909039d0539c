import { isLoopback, type LightningStoreServer } from '@agentlightning/store-http/server';
import type { CliContext } from '../../cli-context.ts';
import { pageUrl } from '../serving/page-url.ts';

/** What there is to say besides the address. */
export interface Announcement {
  readonly json: boolean;
  /** Nobody knows the token yet. */
  readonly printToken: boolean;
  /** The file, or `memory`. */
  readonly keptIn: string;
}

/** One line on standard output, for people or programs, once the store can be asked. What people should know besides is on standard error. */
export function announce(server: LightningStoreServer, what: Announcement, context: CliContext): void {
  const { url, host, port, token } = server;
  if (!isLoopback(host)) {
    context.stderr.write(
      `warning: ${host} is reached over plain HTTP: the token keeps others out, and does not hide what is said. Between machines use a network that you trust, a tunnel, or a proxy with TLS\n`,
    );
  }
  if (what.json) {
    const line = {
      event: 'listening',
      url,
      host,
      port,
      pid: process.pid,
      store: what.keptIn,
      auth: token !== null,
      ...(what.printToken ? { token } : {}),
    };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const kept = what.keptIn === 'memory' ? 'in memory' : `in ${what.keptIn}`;
  context.stdout.write(
    `The store listens on ${url}, ${kept}, ${token === null ? 'without a token' : 'with a token'}\n`,
  );
  if (!what.printToken || token === null) return;
  context.stderr.write(
    `Token, made for this start: ${token}\nPython clients take it in the URL: ${url.replace('://', `://agl:${token}@`)}\nIn a browser: ${pageUrl(server)}\n`,
  );
}
