/** Longer waits are asked for in pieces, so that no proxy and no lost connection ends them unnoticed. */
export const SLICE_MS = 25_000;

/** A server without long polls is asked this often. */
export const SHORT_POLL_MS = 1_000;
