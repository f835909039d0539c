import { createRng } from '@agentlightning/core';
import { freePort } from '@agentlightning/core/testing';
import { InMemoryLightningStore, LightningStoreServer } from 'agentlightning';
import type { Part } from '../part.ts';
import { RandomRequests, type Subject } from '../same-answers/random-requests.ts';
import { TwoServers } from '../same-answers/two-servers.ts';
import { untilHealthy } from '../until-healthy.ts';

const REQUESTS = 2_000;
/** Rollouts that requests go on with; older ones are left as they are. */
const RECENT = 8;

/** Python's server and ours are asked the same, at random. */
export const sameAnswers: Part = {
  name: 'same-answers',
  title: "random requests to Python's server and to ours",
  deadlineMs: 180_000,
  async run(stage) {
    const { checks } = stage;
    const port = await freePort();
    const python = `http://127.0.0.1:${port}`;
    stage.python('agl', ['store', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'ERROR'], python);
    const store = new InMemoryLightningStore();
    stage.closeLater(() => store.close());
    const server = await LightningStoreServer.start(store, { token: null });
    stage.closeLater(() => server.close());
    await untilHealthy(python, stage.signal);

    const seed = process.env['AGL_INTEROP_SEED'] ?? 'same-answers';
    const rng = createRng(seed);
    const requests = new RandomRequests(rng);
    const servers = new TwoServers({ python, ours: server.url });
    const rollouts: string[] = [];
    const found: string[] = [];
    for (let count = 0; count < REQUESTS && found.length < 5; count++) {
      const recent = rollouts.slice(-RECENT);
      const subject = await subjectOf(servers, recent[rng.int(Math.max(1, recent.length))] ?? 'ro-none');
      const request = requests.next(subject, recent);
      const { answer, differences } = await servers.ask(request);
      found.push(...differences.map((difference) => `${JSON.stringify(request)}: ${difference}`));
      rollouts.push(...newRollouts(answer.body, rollouts));
    }
    checks.equal(`${REQUESTS} random requests are answered alike (AGL_INTEROP_SEED=${seed})`, found, []);
    checks.holds('they made rollouts', rollouts.length > REQUESTS / 20, { got: rollouts.length, expected: 'many' });
  },
};

async function subjectOf(servers: TwoServers, rolloutId: string): Promise<Subject> {
  const { body } = await servers.askOurs({ method: 'GET', path: `/v1/agl/rollouts/${rolloutId}` });
  const rollout = body as { status: string; attempt?: { attempt_id: string; status: string } } | null;
  const { status, attempt } = rollout ?? { status: 'failed' };
  const hasEnded = ['failed', 'succeeded', 'cancelled'].includes(status);
  const isOver = attempt !== undefined && ['failed', 'succeeded', 'timeout'].includes(attempt.status);
  const isQueued = status === 'queuing' || status === 'requeuing';
  return { rolloutId, attemptId: attempt?.attempt_id, isLive: !hasEnded && !isOver, isQueued };
}

/** Ids of rollouts that an answer is the first to name. */
function newRollouts(body: unknown, known: readonly string[]): string[] {
  const ids = [body].flat().map((record) => (record as { rollout_id?: unknown } | null)?.rollout_id);
  return [...new Set(ids)].filter(
    (id) => typeof id === 'string' && id !== 'ro-none' && !known.includes(id),
  ) as string[];
}
