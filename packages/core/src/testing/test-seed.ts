/**
 * The seed of a random test: another one for each run, or `AGL_SEED`. Printed, so that what fails can be repeated.
 *
 * @param what - what it is for, in a few words
 */
export function testSeed(what: string): number {
  const seed = Number(process.env['AGL_SEED'] ?? Date.now() % 2 ** 31);
  process.stdout.write(`Seed of ${what}: AGL_SEED=${seed}\n`);
  return seed;
}
