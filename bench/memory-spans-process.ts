// A program of its own: puts spans into a store as they come over HTTP, and tells by how much it has grown.
import { benchSpan } from './bench-span.ts';
import { openBenchStore } from './bench-store.ts';
import { answerQuestions } from './forked.ts';
import type { SpanMemory } from './memory-spans.ts';

const ROLLOUTS = 5_000;
const SPANS_EACH = 20;
/** Of the texts of a span, so that its JSON has 2.2 KB. */
const TEXT_BYTES = 1_550;
const WARM_UP_ROLLOUTS = 200;

const { store, close } = await openBenchStore(process.argv[2] ?? 'memory');

answerQuestions<object, SpanMemory>(async () => {
  await addRollouts(WARM_UP_ROLLOUTS);
  const before = settledMemory();
  const jsonBytes = await addRollouts(ROLLOUTS);
  const after = settledMemory();
  return {
    spans: ROLLOUTS * SPANS_EACH,
    jsonBytes,
    rssBytes: after.rss - before.rss,
    heapBytes: after.heapUsed - before.heapUsed,
  };
}, close);

let spanNumber = 0;

/** @returns the bytes of their spans as JSON */
async function addRollouts(count: number): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const of = await store.startRollout({ input: 'task' });
    const spans = Array.from({ length: SPANS_EACH }, () => benchSpan({ of, number: ++spanNumber, bytes: TEXT_BYTES }));
    const json = JSON.stringify(spans);
    bytes += Buffer.byteLength(json);
    // Parsed again, as a server does: no two spans share anything.
    await store.addManySpans(JSON.parse(json) as typeof spans);
    await store.updateAttempt(of.rolloutId, of.attempt.attemptId, { status: 'succeeded' });
  }
  return bytes;
}

/**
 * Without what waits to be collected, and without the room for young objects: busy processes have up to 128 MiB of that, however much or little they keep.
 */
function settledMemory(): NodeJS.MemoryUsage {
  for (let index = 0; index < 3; index += 1)
    globalThis.gc!({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return process.memoryUsage();
}
