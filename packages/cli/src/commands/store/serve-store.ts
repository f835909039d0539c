import { resolve } from 'node:path';
import { InMemoryLightningStore, type LightningStore, type Logger } from '@agentlightning/core';
import type { Dashboard } from '@agentlightning/store-http/server';
import { createLogger } from '@agentlightning/trainer/logger';
import type { CliContext } from '../../cli-context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { asUsage, listen } from '../serving/listen.ts';
import { untilStopped } from '../serving/until-stopped.ts';
import type { StoreArguments } from '../store.ts';
import { announce } from './announce.ts';
import { findToken } from './store-token.ts';

/**
 * Serves a store until a signal comes.
 * @returns the exit status that tells which
 * @throws CliError, LightningError when it could not start
 */
export async function serveStore(options: StoreArguments, context: CliContext): Promise<ExitCode> {
  return await untilStopped(context, async (stopped) => {
    const { token, isNew } = await findToken(options, context);
    const logger = createLogger();
    const store = await openStore(options, logger);
    try {
      const { host, port, corsOrigin: corsOrigins, allowedHost: allowedHosts } = options;
      const dashboard = await page(context);
      const server = await listen(store, { host, port, corsOrigins, allowedHosts, token, logger, ...dashboard });
      const keptIn = options.memory ? 'memory' : resolve(options.db);
      announce(server, { json: options.json === true, printToken: isNew, keptIn }, context);
      await stopped;
      // Ends what clients have parked, and waits for the replies that are being written. They are told to come back: the store may be started again.
      await server.close();
    } finally {
      await store.close();
    }
  });
}

/** A store without its page is a store all the same. */
async function page({ stderr }: Pick<CliContext, 'stderr'>): Promise<{ readonly dashboard?: Dashboard }> {
  try {
    const { dashboardFiles } = await import('@agentlightning/dashboard');
    return { dashboard: { files: await dashboardFiles() } };
  } catch (error) {
    stderr.write(`warning: the page of the store is not served: ${(error as Error).message}\n`);
    return {};
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
