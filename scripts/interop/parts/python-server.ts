import { freePort } from '@agentlightning/core/testing';
import { APO, LightningStoreClient, LitAgentRunner, LLM, SharedMemoryExecutionStrategy, Trainer } from 'agentlightning';
import OpenAI from 'openai';
import type { Part, Stage } from '../part.ts';
import { RoomAgent } from '../room-agent.ts';
import { type CalendarTask, roomTasks, SEED_PROMPT } from '../room-tasks.ts';
import { untilHealthy } from '../until-healthy.ts';
import { checkClientCalls } from './client-calls.ts';

const TASKS = { train: 4, val: 5 };

/** Our client, runner and algorithm use Python's server. */
export const pythonServer: Part = {
  name: 'python-server',
  title: "our client, runner and APO on Python's server",
  deadlineMs: 180_000,
  async run(stage) {
    const { checks } = stage;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    stage.python('agl', ['store', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'WARNING'], url);
    await untilHealthy(url, stage.signal);
    const store = new LightningStoreClient({ url });
    stage.closeLater(() => store.close());

    await checkClientCalls(store, checks);
    const before = await store.statistics();

    const models = await stage.models();
    const agent = new RoomAgent({ endpoint: models.baseUrl });
    const tasks = roomTasks(TASKS);
    await oneStep(stage, store, agent, tasks.train[0]!);

    // The store is given, so what algorithm and runners say to each other goes over Python's wire.
    const trainer = new Trainer({
      algorithm: new APO<CalendarTask>(new OpenAI({ baseURL: models.baseUrl, apiKey: 'simulated' }), {
        gradientModel: 'sim-critic',
        applyEditModel: 'sim-editor',
        beamWidth: 1,
        branchFactor: 2,
        beamRounds: 1,
        gradientBatchSize: 2,
        valBatchSize: 4,
      }),
      store,
      nRunners: 8,
      strategy: new SharedMemoryExecutionStrategy(),
      handleSignals: false,
      initialResources: {
        prompt_template: SEED_PROMPT,
        agent_llm: new LLM({ endpoint: models.baseUrl, model: 'sim-agent-weak' }),
      },
    });
    const run = await trainer.fit(agent, tasks.train, { valDataset: tasks.val, signal: stage.signal });
    checks.equal('our APO completes its search', run.stopReason, 'completed');
    const { succeeded, failed, queued, running } = run.counts.rollouts;
    checks.equal('no rollout failed or was left', { failed, queued, running }, { failed: 0, queued: 0, running: 0 });
    const after = await store.statistics();
    // One more by the step.
    checks.equal("Python's server has its rollouts", after.totalRollouts - before.totalRollouts, succeeded + 1);
    checks.equal('each rollout recorded its two model calls', run.counts.modelCalls.agent, 2 * succeeded);
    checks.holds('a best prompt was found', run.result.bestVersion !== null, {
      got: run.result.bestVersion,
      expected: 'the version of a prompt',
    });
  },
};

async function oneStep(stage: Stage, store: LightningStoreClient, agent: RoomAgent, task: CalendarTask): Promise<void> {
  const { checks } = stage;
  const runner = new LitAgentRunner<CalendarTask>({ agent, store });
  stage.closeLater(() => runner[Symbol.asyncDispose]());
  const rollout = await runner.step(task, { resources: { prompt_template: SEED_PROMPT } });
  checks.equal('our runner executes a task', rollout.status, 'succeeded');
  checks.equal('its reward is read back', rollout.reward === 0 || rollout.reward === 1, true);
  const numbers = rollout.spans.map(({ sequenceId }) => sequenceId);
  checks.equal("spans are numbered by Python's server", numbers, [1, 2, 3]);
}
