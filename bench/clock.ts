/**
 * Milliseconds of the system's monotonic clock, which all threads of a process share: `performance.now()` counts from each thread's own
 * start, and the wall clock that those starts are told by can be set meanwhile.
 */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
