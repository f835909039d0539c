/** Spreads `slots` over `threads` as evenly as possible, the larger shares first: 5 over 2 is 3 and 2. Neither may be 0. */
export function shareSlots(slots: number, threads: number): number[] {
  const count = Math.min(slots, threads);
  return Array.from({ length: count }, (_, index) => Math.floor(slots / count) + (index < slots % count ? 1 : 0));
}
