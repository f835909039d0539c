import { InMemoryLightningStore } from '@agentlightning/core';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { OneCallAgent } from './one-call-agent.ts';
import { withRunners } from './with-runners.ts';

const ROUNDS = 5;
const SLOTS = 1000;
const LATENCY_MS = 2000;
/** Its persona answers anything. */
const MODEL = 'sim-agent-weak';

/** How many agents one thread holds that wait for their model: a thousand calls at once take hardly longer than one. */
export const inflight: Bench = {
  name: 'inflight',
  claim: 'One thread holds a thousand agents that wait for their model',
  measure: 'time of 1,000 rollouts at 1,000 slots, each with a model call of 2 s ÷ 2 s',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const server = await spawnSimulatedLlm({ latency: { agent: { kind: 'constant', ms: LATENCY_MS } } });
    const store = new InMemoryLightningStore();
    try {
      const agent = new OneCallAgent({ baseURL: server.baseUrl, model: MODEL });
      const tookMs = await withRunners({ agent, slots: SLOTS, threads: 1, store }, async (runRollouts) => {
        // The first round opens the connections, and is not counted.
        await runRollouts(SLOTS);
        const rounds: number[] = [];
        for (let index = 0; index < ROUNDS; index += 1) rounds.push(await runRollouts(SLOTS));
        return rounds;
      });
      const requests = (await server.requests()).length;
      if (requests !== SLOTS * (ROUNDS + 1)) throw new Error(`The model was asked ${requests} times`);
      yield toLine(
        { bench: this.name, gate: 1.4, goal: 1.25 },
        tookMs.map((ms) => ms / LATENCY_MS),
        { slots: SLOTS, tookMs: tookMs.map((ms) => round(ms)), ...jitter },
      );
    } finally {
      await server.close();
      await store.close();
    }
  },
};
