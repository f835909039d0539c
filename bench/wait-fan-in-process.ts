// A program of its own: measures what it costs to wait for rollouts, in a new store each time.
import { openBenchStore } from './bench-store.ts';
import { answerQuestions } from './forked.ts';
import type { WaitQuestion } from './wait-fan-in.ts';

/** Rollouts that end at a time, however many are waited for, so that a store commits as often. */
const AT_A_TIME = 10;

answerQuestions<WaitQuestion, number>(microsecondsEach);

/** Processor time from the moment that somebody waits for `together` rollouts until they have the last of them, for each. */
async function microsecondsEach({ rollouts, together }: WaitQuestion): Promise<number> {
  const { store, close } = await openBenchStore(process.argv[2] ?? 'memory');
  const requests = Array.from({ length: rollouts }, (_, task) => ({ input: { task } }));
  const ids = (await store.enqueueManyRollouts(requests)).map(({ rolloutId }) => rolloutId);
  const claimed = await store.dequeueManyRollouts({ limit: rollouts, workerId: 'bench' });
  globalThis.gc!();
  const began = process.cpuUsage();
  for (let first = 0; first < rollouts; first += together) {
    const waiting = store.waitForRollouts({ rolloutIds: ids.slice(first, first + together) });
    for (let at = first; at < first + together; at += AT_A_TIME) {
      await Promise.all(
        claimed
          .slice(at, at + AT_A_TIME)
          .map(({ rolloutId, attempt }) => store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' })),
      );
    }
    const ended = await waiting;
    if (ended.length !== together) throw new Error(`Waited for ${together} rollouts and got ${ended.length}`);
  }
  const { user, system } = process.cpuUsage(began);
  await close();
  return (user + system) / rollouts;
}
