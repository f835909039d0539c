// A program of its own: starts runners, and says what its process and those that it started take by then.
import { enableCompileCache } from 'node:module';
import type { IsolationCost, IsolationQuestion } from './isolation-cost.ts';

enableCompileCache();
const { InMemoryLightningStore } = await import('agentlightning');
const { answerQuestions } = await import('./forked.ts');
const { measureProcesses } = await import('./measure-processes.ts');
const { startTimeAgent } = await import('./start-time-agent.ts');
const { withRunners } = await import('./with-runners.ts');

answerQuestions<IsolationQuestion, IsolationCost>(async ({ isolation, runners }) => {
  const store = new InMemoryLightningStore();
  const setup = { agent: startTimeAgent, slots: runners, store, isolation } as const;
  const cost = await withRunners(setup, async (runRollouts) => {
    // Each has been at work: what it loads late is loaded.
    await runRollouts(4 * runners);
    return measureProcesses();
  });
  await store.close();
  return cost;
});
