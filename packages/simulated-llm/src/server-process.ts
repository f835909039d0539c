/** Entry of the server's own process, started by `spawnSimulatedLlm`. It lives as long as the channel to its parent. */
import { simulatedModelNotice } from './labels.ts';
import type { StartedMessage, StartMessage } from './server-process-messages.ts';
import { startSimulatedLlm } from './start-simulated-llm.ts';

// Whoever read the banner may be gone already, such as `head`: the server is there all the same.
process.stderr.on('error', () => {});

const tell = (message: StartedMessage) => process.send?.(message);

process.once('message', (message: StartMessage) => {
  startSimulatedLlm(message.options).then(
    (server) => {
      process.stderr.write(`simulated-llm at ${server.baseUrl}. ${simulatedModelNotice}\n`);
      tell({ kind: 'listening', url: server.url });
    },
    (error: Error & { code?: string }) => tell({ kind: 'failed', message: error.message, code: error.code }),
  );
});

// Ctrl-C and the end of a terminal reach the whole process group; whoever started the server decides when its runs are over.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
// The parent closed the channel, or is gone: nobody is left to answer.
process.once('disconnect', () => process.exit(0));
