/** The oldest Node that this works with: it runs TypeScript as it is, and has SQLite. */
export const OLDEST_NODE = '22.19';

/** Whether a version of Node is older than {@link OLDEST_NODE}. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
