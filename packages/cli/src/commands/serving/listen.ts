import { isLightningError, type LightningStore } from '@agentlightning/core';
import { LightningStoreServer, type LightningStoreServerOptions } from '@agentlightning/store-http/server';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { withHolder } from './address-holder.ts';

/**
 * Starts a server with what the command line says.
 * @throws CliError for what cannot be, LightningError `ADDRESS_IN_USE` that names whoever is there
 */
export async function listen(
  store: LightningStore,
  options: LightningStoreServerOptions & { readonly host: string; readonly port: number },
): Promise<LightningStoreServer> {
  try {
    return await LightningStoreServer.start(store, options);
  } catch (error) {
    // The server checks its options before it does anything; here they are what the command line says.
    if (error instanceof TypeError || error instanceof RangeError) throw asUsage(error);
    if (isLightningError(error, 'ADDRESS_IN_USE')) throw await withHolder(error, options.host, options.port);
    // An address that is not of this machine, or a port that only others may use.
    if (isLightningError(error, 'UNAVAILABLE')) throw asUsage(error, `: ${reasonOf(error)}`);
    throw error;
  }
}

/** An error of an option, as one of the command line. */
export function asUsage(error: Error, more = ''): CliError {
  return new CliError(`${error.message}${more}`, EXIT_CODES.usage, { cause: error });
}

function reasonOf({ cause }: Error): string {
  return cause instanceof Error ? cause.message : String(cause);
}
