/** The first version in which a checkpoint beside a write of another connection cannot damage the file. */
const SAFE_FOR_SEVERAL = [3, 51, 3];

/**
 * Whether several connections may use a file at once. Older versions of SQLite can lose a commit of one connection while
 * another carries the write-ahead log over into the file ("WAL-reset bug", fixed in 3.51.3).
 *
 * @param version - as in `process.versions.sqlite`
 */
export function isSafeForSeveralConnections(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of SAFE_FOR_SEVERAL.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
