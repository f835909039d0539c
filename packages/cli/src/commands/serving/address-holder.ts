import { LightningError } from '@agentlightning/core';
import { FEATURES_HEADER, PROCESS_HEADER } from '@agentlightning/store-http/server';

/** Whoever listens there has this long to say who it is. */
const ANSWER_MS = 1_000;

/** The error of an address that is in use, which names the process that has it if that is a store of ours. */
export async function withHolder(error: LightningError, host: string, port: number): Promise<LightningError> {
  const holder = await holderOf(host, port);
  const message = `${error.message} by ${holder}. Stop it, or take another port with --port`;
  return new LightningError(error.code, message, { cause: error, details: error.details });
}

async function holderOf(host: string, port: number): Promise<string> {
  try {
    const name = host.includes(':') ? `[${host}]` : host;
    const health = await fetch(`http://${name}:${port}/v1/agl/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await health.body?.cancel();
    if (!health.headers.has(FEATURES_HEADER)) return 'another program';
    const pid = health.headers.get(PROCESS_HEADER);
    return pid === null ? 'another store of Agent Lightning' : `another store of Agent Lightning, process ${pid}`;
  } catch {
    // It speaks something else, or nothing: whose it is does not matter then.
    return 'another program';
  }
}
