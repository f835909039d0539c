import { resolve } from 'node:path';
import { InMemoryLightningStore, isLightningError, type LightningStore, type Logger } from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http/server';
import { createLogger } from '@agentlightning/trainer/logger';
import type { CliContext, StopSignal } from '../../cli-context.ts';
import { CliError, EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import type { StoreArguments } from '../store.ts';
import { withHolder } from './address-holder.ts';
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
    const logger = createLogger();
    const store = await openStore(options, logger);
    try {
      const server = await listen(store, options, { token, logger });
      const keptIn = options.memory ? 'memory' : resolve(options.db);
      announce(server, { json: options.json === true, printToken: isNew, keptIn }, context);
      const signal = await stopped;
      // Ends what clients have parked, and waits for the replies that are being written. They are told to come back: the store may be started again.
      await server.close();
      return exitCodeOfSignal(signal);
    } finally {
      await store.close();
    }
  } finally {
    ignoreSignals();
  }
}

/** @throws CliError for a path that cannot be one; LightningError for a file that cannot be used */
async function openStore({ memory, db }: StoreArguments, logger: Logger): Promise<LightningStore> {
  if (memory) return new InMemoryLightningStore();
  const { SqliteLightningStore } = await import('@agentlightning/store-sqlite');
  try {
    return await SqliteLightningStore.open({ path: db, logger });
  } catch (error) {
    throw error instanceof TypeError ? asUsage(error) : error;
  }
}

async function listen(
  store: LightningStore,
  { host, port, corsOrigin, allowedHost }: StoreArguments,
  settings: { readonly token: string | null; readonly logger: Logger },
): Promise<LightningStoreServer> {
  try {
    const more = { corsOrigins: corsOrigin, allowedHosts: allowedHost };
    return await LightningStoreServer.start(store, { host, port, ...more, ...settings });
  } catch (error) {
    // The server checks its options before it does anything; here they are what the command line says.
    if (error instanceof TypeError || error instanceof RangeError) throw asUsage(error);
    if (isLightningError(error, 'ADDRESS_IN_USE')) throw await withHolder(error, host, port);
    // An address that is not of this machine, or a port that only others may use.
    if (isLightningError(error, 'UNAVAILABLE')) throw asUsage(error, `: ${reasonOf(error)}`);
    throw error;
  }
}

function asUsage(error: Error, more = ''): CliError {
  return new CliError(`${error.message}${more}`, EXIT_CODES.usage, { cause: error });
}

function reasonOf({ cause }: Error): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function exitCodeOfSignal(signal: StopSignal): ExitCode {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
}
