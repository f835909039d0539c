import { randomBytes } from 'node:crypto';
import { freePort } from '@agentlightning/core/testing';
import {
  APO,
  ClientServerExecutionStrategy,
  InMemoryLightningStore,
  LightningStoreServer,
  LLM,
  Trainer,
} from 'agentlightning';
import OpenAI from 'openai';
import type { Part, Stage } from '../part.ts';
import { RoomAgent } from '../room-agent.ts';
import { type CalendarTask, roomTasks, SEED_PROMPT } from '../room-tasks.ts';

const TASKS = { train: 6, val: 6 };

/** Python's client and runners reach our server; our APO gives them work. */
export const pythonRunners: Part = {
  name: 'python-runners',
  title: "Python's LightningStoreClient and LitAgentRunner on our server, with our APO",
  deadlineMs: 180_000,
  async run(stage) {
    await clientCalls(stage);
    await search(stage);
  },
};

async function clientCalls(stage: Stage): Promise<void> {
  const store = new InMemoryLightningStore();
  stage.closeLater(() => store.close());
  const server = await LightningStoreServer.start(store);
  stage.closeLater(() => server.close());
  const { passed } = stage.checks;
  await stage.python('client_calls.py', [], `http://agl:${server.token}@127.0.0.1:${server.port}`).result();
  stage.checks.equal('the Python client made all its calls', stage.checks.passed - passed > 40, true);
}

async function search(stage: Stage): Promise<void> {
  const { checks, signal } = stage;
  // Slow enough for signs of life.
  const models = await stage.models({ latency: { agent: { kind: 'constant', ms: 100 } } });
  const store = new InMemoryLightningStore();
  stage.closeLater(() => store.close());
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const trainer = new Trainer({
    algorithm: new APO<CalendarTask>(new OpenAI({ baseURL: models.baseUrl, apiKey: 'simulated' }), {
      gradientModel: 'sim-critic',
      applyEditModel: 'sim-editor',
      beamWidth: 1,
      branchFactor: 2,
      beamRounds: 1,
      gradientBatchSize: 3,
      valBatchSize: 6,
    }),
    store,
    strategy: new ClientServerExecutionStrategy({ role: 'algorithm', port, token, drainMs: 1000 }),
    handleSignals: false,
    initialResources: {
      prompt_template: SEED_PROMPT,
      agent_llm: new LLM({ endpoint: models.baseUrl, model: 'sim-agent-weak' }),
    },
  });
  // They come before the server is there, and the model that they would ask without our resources does not exist.
  const nowhere = ['--endpoint', 'http://127.0.0.1:1/v1'];
  for (const id of ['0', '1']) {
    stage.python('run_agent.py', [...nowhere, '--worker-id', id], `http://agl:${token}@127.0.0.1:${port}`);
  }
  const tasks = roomTasks(TASKS);
  const agent = new RoomAgent({ endpoint: models.baseUrl });
  const run = await trainer.fit(agent, tasks.train, { valDataset: tasks.val, signal });

  checks.equal('our APO completes its search', run.stopReason, 'completed');
  const { succeeded, failed, queued, running } = run.counts.rollouts;
  checks.equal('no rollout failed or was left', { failed, queued, running }, { failed: 0, queued: 0, running: 0 });
  const { items: rollouts } = await store.queryRollouts();
  const workers = new Set(rollouts.map((rollout) => ('attempt' in rollout ? rollout.attempt.workerId : null)));
  // How many each of them did depends on which was there first.
  const strangers = [...workers].filter((worker) => worker !== 'Worker-0' && worker !== 'Worker-1');
  checks.equal('all were done by Python runners', strangers, []);
  const { items: known } = await store.queryWorkers();
  const areAlive = known.some(({ heartbeatStats }) => heartbeatStats !== null);
  checks.equal('which sent signs of life', areAlive, true);
  const { callsByModel } = await models.stats();
  checks.equal('each rollout made two model calls', callsByModel['sim-agent-weak'], 2 * succeeded);
  checks.equal('and recorded them', run.counts.modelCalls.agent, 2 * succeeded);
  checks.equal('APO had two prompts criticised', callsByModel['sim-critic'], 2);
  const scores = run.result.history.map(({ validation }) => validation?.result.score);
  checks.holds('their rewards became scores', typeof scores[0] === 'number' && scores[0] > 0, {
    got: scores,
    expected: 'a score above 0 for the seed prompt',
  });
}
