import { randomBytes } from 'node:crypto';
import { findFinalReward } from '@agentlightning/core';
import { freePort } from '@agentlightning/core/testing';
import { ClientServerExecutionStrategy, InMemoryLightningStore, Trainer } from 'agentlightning';
import type { Part } from '../part.ts';
import { RoomAgent } from '../room-agent.ts';
import { type CalendarTask, roomTasks, SEED_PROMPT, writeTasks } from '../room-tasks.ts';

const TASKS = { train: 4, val: 5 };
const GRADIENT_BATCH = 2;
const VAL_BATCH = 4;

/** One round, one branch: the seed and the leader on all validation tasks, a gradient batch, two candidates on a batch. */
const ROLLOUTS = TASKS.val + GRADIENT_BATCH + 2 * VAL_BATCH + TASKS.val;

/** Python's Trainer and APO use our server; our runners do the rollouts. */
export const pythonApo: Part = {
  name: 'python-apo',
  title: "Python's APO on our server, with our runners",
  deadlineMs: 180_000,
  async run(stage) {
    const { checks } = stage;
    const models = await stage.models();
    const tasks = await writeTasks(roomTasks(TASKS));
    stage.closeLater(() => tasks.remove());
    const store = new InMemoryLightningStore();
    stage.closeLater(() => store.close());
    const port = await freePort();
    const token = randomBytes(16).toString('hex');
    // Without an algorithm a trainer serves the queue that others fill.
    const trainer = new Trainer<CalendarTask>({
      store,
      nRunners: 8,
      strategy: new ClientServerExecutionStrategy({ port, token }),
      handleSignals: false,
    });
    const enough = new AbortController();
    const agent = new RoomAgent({ endpoint: models.baseUrl });
    const serving = trainer.fit(agent, [], { signal: AbortSignal.any([enough.signal, stage.signal]) });
    const python = stage.python(
      'run_apo.py',
      [
        ...['--endpoint', models.baseUrl, '--tasks', tasks.path, '--prompt', SEED_PROMPT.template],
        ...['--gradient-batch-size', String(GRADIENT_BATCH), '--val-batch-size', String(VAL_BATCH)],
      ],
      `http://agl:${token}@127.0.0.1:${port}`,
    );
    // Whichever fails first.
    const { best_prompt: best } = (await Promise.race([python.result(), serving.then(() => undefined)])) ?? {};
    enough.abort();
    const run = await serving;

    checks.equal('our trainer served until it was told to stop', run.stopReason, 'interrupted');
    checks.holds('Python has a best prompt', typeof best === 'string' && best.includes('Find a room'), {
      got: best,
      expected: 'a text like the first prompt',
    });
    const { items: rollouts } = await store.queryRollouts();
    const ended = rollouts.filter(({ status }) => status === 'succeeded' || status === 'failed');
    checks.equal('the rollouts of its whole search were done', ended.length, ROLLOUTS);
    // One edit in fifty cannot be formatted, and the agent then fails, as it does in Python.
    const ofSeed = rollouts.filter(({ resourcesId }) => resourcesId === 'v0');
    checks.equal(
      'those with its first prompt succeeded',
      ofSeed.filter(({ status }) => status !== 'succeeded').map(({ rolloutId }) => rolloutId),
      [],
    );
    const rewards = await Promise.all(
      ofSeed.map(async ({ rolloutId }) => findFinalReward((await store.querySpans({ rolloutId })).items)),
    );
    const rewarded = rewards.filter((reward) => reward !== null).length;
    checks.equal('and have a reward', rewarded, Math.max(ofSeed.length, TASKS.val));
    const { callsByModel } = await models.stats();
    const { 'sim-critic': critiques, 'sim-editor': edits } = callsByModel;
    checks.equal('Python had a prompt criticised and edited', { critiques, edits }, { critiques: 1, edits: 1 });
    const { items: snapshots } = await store.queryResources();
    const versions = snapshots.map(({ resourcesId }) => resourcesId).filter((id) => id.startsWith('v'));
    checks.equal('it stored both of its prompts', versions.sort(), ['v0', 'v1']);
  },
};
