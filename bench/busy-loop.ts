// A program of its own, pinned to one core: spins, and prints the share of its time that it was not running.
const durationMs = Number(process.argv[2]);
/** Longer than any step of the loop takes; shorter than any turn of another program. */
const GAP_MS = 0.05;

const start = performance.now();
let lostMs = 0;
let last = start;
while (last - start < durationMs) {
  const now = performance.now();
  if (now - last > GAP_MS) lostMs += now - last;
  last = now;
}
process.stdout.write(String(lostMs / (last - start)));
