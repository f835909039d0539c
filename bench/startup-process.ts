// A program of its own: starts a run, and says how long its first rollout took to begin.
import { enableCompileCache } from 'node:module';
import type { StartupQuestion } from './startup.ts';

// As programs do that start often, the demo and the command line among them.
enableCompileCache();
const { algorithm, ClientServerExecutionStrategy, InMemoryLightningStore, Trainer } = await import('agentlightning');
const { clockMs } = await import('./clock.ts');
const { answerQuestions } = await import('./forked.ts');
const { START_ATTRIBUTE, startTimeAgent } = await import('./start-time-agent.ts');

answerQuestions<StartupQuestion, number>(async ({ runners }) => {
  const store = new InMemoryLightningStore();
  let started = Number.NaN;
  const once = algorithm(
    async () => {
      const { rolloutId } = await store.enqueueRollout({ input: null });
      await store.waitForRollouts({ rolloutIds: [rolloutId] });
      const { items } = await store.querySpans({ rolloutId });
      started = items.map((span) => Number(span.attributes[START_ATTRIBUTE])).find(Number.isFinite) ?? Number.NaN;
    },
    { durable: false, requires: { trainDataset: false } },
  );
  const strategy = new ClientServerExecutionStrategy();
  const trainer = new Trainer({ algorithm: once, nRunners: runners, store, strategy, handleSignals: false });
  const called = clockMs();
  await trainer.fit(startTimeAgent);
  await store.close();
  return started - called;
});
