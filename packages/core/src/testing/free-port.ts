import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to whoever asks for any, or connects to somewhere: Linux's begin at 32768, and those of others above. */
const [FIRST, END] = [20_000, 32_768];

/**
 * A port of this machine that nobody has: for servers that are told theirs, and for addresses where nobody is. It is still free when whoever listens there
 * comes late, or is killed and comes back: the system gives it to nobody who does not ask for it by its number.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
