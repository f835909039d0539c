import { InMemoryLightningStore, type LightningStore } from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http';
import { createLogger } from '@agentlightning/trainer/logger';
import type { CliContext, StopSignal } from '../../cli-context.ts';
import { CliError, EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import type { StoreArguments } from '../store.ts';
import { announce } from './announce.ts';
import { findToken } from './store-token.ts';

/**
 * Serves a store until a signal comes.
 * @returns the exit status that tells which
 * @throws CliError, LightningError when it could not start
 */
export async function serveStore(options: StoreArguments, context: CliContext): Promise<ExitCode> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<StopSignal>();
  let signals = 0;
  const ignoreSignals = context.onStopSignal((signal) => {
    signals += 1;
    if (signals === 1) stop(signal);
    // Whoever asks twice does not want to wait.
    else context.exit(exitCodeOfSignal(signal));
  });
  try {
    const { token, isNew } = await findToken(options, context);
    const store = await openStore(options);
    try {
      const server = await listen(store, options, token);
      announce(server, { json: options.json === true, printToken: isNew, keptIn: 'memory' }, context);
      const signal = await stopped;
      // Ends what clients have parked, and waits for the replies that are being written.
      await server.close();
      return exitCodeOfSignal(signal);
    } finally {
      await store.close();
    }
  } finally {
    ignoreSignals();
  }
}

async function openStore({ memory }: StoreArguments): Promise<LightningStore> {
  if (memory) return new InMemoryLightningStore();
  throw new CliError('Cannot start the store: say --memory');
}

async function listen(
  store: LightningStore,
  { host, port }: StoreArguments,
  token: string | null,
): Promise<LightningStoreServer> {
  try {
    return await LightningStoreServer.start(store, { host, port, token, logger: createLogger() });
  } catch (error) {
    // The server checks its options before it does anything; here they are what the command line says.
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new CliError(error.message, EXIT_CODES.usage, { cause: error });
    }
    throw error;
  }
}

function exitCodeOfSignal(signal: StopSignal): ExitCode {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
}
