/**
 * Ends a process that leads a group, and everything in the group: what its agent started with `execSync` or `spawn` would otherwise go on
 * by itself. A group that is gone does not mind.
 */
export function endGroup(pid: number): void {
  try {
    // Windows has no such groups.
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
