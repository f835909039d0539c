import type { LightningStore } from '@agentlightning/core';

/** How long a store may take to answer for the first time without a word about it, in milliseconds. */
const PATIENCE_MS = 5000;

/** Whom to tell what is waited for. */
export interface FirstAnswerOptions {
  readonly store: Pick<LightningStore, 'statistics'>;
  /** Where the store is to be. */
  readonly url: string;
  readonly tell: (message: string) => void;
  /** Default 5,000. */
  readonly patienceMs?: number;
}

/**
 * Asks a store that others serve for a sign of life, and tells once what is waited for if none comes soon: whoever looks at a process that does nothing is to know that it came too early, or too late.
 * The wait itself, and how it ends, are the business of those who have something to ask.
 *
 * @returns resolves when the store has answered or the client has given up; never rejects
 */
export async function awaitFirstAnswer({
  store,
  url,
  tell,
  patienceMs = PATIENCE_MS,
}: FirstAnswerOptions): Promise<void> {
  const timer = setTimeout(
    () => tell(`No store answers at ${url}, and is waited for: either its process has not started, or its run is over`),
    patienceMs,
  ).unref();
  try {
    await store.statistics();
  } catch {
    // Whoever has something to ask hears of it too, and it ends the run there.
  } finally {
    clearTimeout(timer);
  }
}
