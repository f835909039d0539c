import { createRng } from '@agentlightning/core';

/** Runs something under another `Math.random`: what depends on it comes to something else. */
export async function withOtherRandomness<T>(seed: string, action: () => Promise<T>): Promise<T> {
  const original = Math.random;
  const rng = createRng(seed);
  Math.random = () => rng.next();
  try {
    return await action();
  } finally {
    Math.random = original;
  }
}
