/** Runs work, at most so many pieces at a time, in the order of the calls. */
export type Limiter = <V>(work: () => Promise<V>) => Promise<V>;

/**
 * Makes a limiter.
 * @param limit - a positive integer, or `Infinity`
 */
export function createLimiter(limit: number): Limiter {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next in line without becoming free, so nobody can overtake it.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
