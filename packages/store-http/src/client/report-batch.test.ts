import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import { span } from '../../test/spans.ts';

/** Paths of the requests that clients make from now on. */
function recordPaths(): string[] {
  const paths: string[] = [];
  const record = (message: unknown): void => void paths.push((message as { request: { path: string } }).request.path);
  subscribe('undici:request:create', record);
  onTestFinished(() => void unsubscribe('undici:request:create', record));
  return paths;
}

/** A server with rollouts that are under way. */
async function servedRollouts(count: number) {
  const store = new InMemoryLightningStore();
  const running = await startServer({ store });
  const rollouts = await Promise.all(Array.from({ length: count }, (_, input) => store.startRollout({ input })));
  return { ...running, store, rollouts };
}

describe('updateAttempt() of the client', () => {
  it('puts reports that are made at the same time into one request, and answers each', async () => {
    const { connect, rollouts, store } = await servedRollouts(40);
    const client = connect();
    await client.statistics(); // The client knows what the server can do.
    const paths = recordPaths();
    const reports = await Promise.all(
      rollouts.map(({ rolloutId, attempt }, index) =>
        client.updateAttempt(rolloutId, attempt.attemptId, { status: index % 2 === 0 ? 'succeeded' : 'failed' }),
      ),
    );
    expect(reports.map(({ rolloutId }) => rolloutId)).toEqual(rollouts.map(({ rolloutId }) => rolloutId));
    expect(reports.map(({ status }) => status)).toEqual(
      rollouts.map((_, index) => (index % 2 === 0 ? 'succeeded' : 'failed')),
    );
    expect(reports.every(({ outcome }) => outcome === 'applied')).toBe(true);
    expect((await store.queryRollouts({ statusIn: ['succeeded'] })).total).toBe(20);
    expect(paths.filter((path) => path.includes('/attempts/'))).toEqual(['/v1/agl/attempts/batch']);
  });

  it('takes spans along, and those of others are stored when one is refused', async () => {
    const { connect, rollouts, store } = await servedRollouts(3);
    const client = connect();
    await client.statistics(); // The client knows what the server can do.
    const paths = recordPaths();
    const settled = await Promise.allSettled(
      rollouts.map(({ rolloutId, attempt: { attemptId } }, index) => {
        const good = span({ rolloutId, attemptId }, { spanId: 'good' });
        const bad = { ...good, spanId: 'bad', startTime: 'soon' as unknown as number };
        return client.updateAttempt(
          rolloutId,
          attemptId,
          { status: 'succeeded' },
          { spans: index === 1 ? [bad] : [good] },
        );
      }),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const counts = await Promise.all(
      rollouts.map(async ({ rolloutId }) => (await store.querySpans({ rolloutId })).total),
    );
    expect(counts).toEqual([1, 0, 1]);
    expect(paths.every((path) => path === '/v1/agl/attempts/batch')).toBe(true);
  });

  it('tells each caller its own refusal', async () => {
    const { connect, rollouts } = await servedRollouts(2);
    const client = connect();
    const [first, second] = rollouts;
    const settled = await Promise.allSettled([
      client.updateAttempt(first!.rolloutId, 'latest', { status: 'succeeded' }),
      client.updateAttempt('ro-nobody', 'latest', { status: 'succeeded' }),
      client.updateAttempt(first!.rolloutId, 'at-nobody', { status: 'failed' }),
      client.updateAttempt(second!.rolloutId, 'latest', { metadata: { bad: Number.NaN } }),
      client.updateAttempt(second!.rolloutId, 'latest', { metadata: { good: 1 } }),
    ]);
    expect(
      settled.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'ok')),
    ).toEqual(['ok', 'NOT_FOUND', 'NOT_FOUND', 'INVALID_ARGUMENT', 'ok']);
  });

  it('keeps the order of reports about one attempt', async () => {
    const { connect, rollouts, store } = await servedRollouts(1);
    const { rolloutId, attempt } = rollouts[0]!;
    const client = connect();
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        client.updateAttempt(rolloutId, attempt.attemptId, { metadata: { index } }),
      ),
    );
    expect((await store.getLatestAttempt(rolloutId))?.metadata).toEqual({ index: 29 });
  });

  it('fails every report when the server cannot be asked', async () => {
    const { connect, rollouts, server } = await servedRollouts(3);
    const client = connect({ retryBudgetMs: 1 });
    await client.updateAttempt(rollouts[0]!.rolloutId, 'latest', {});
    await server.close();
    const settled = await Promise.allSettled(
      rollouts.map(({ rolloutId }) => client.updateAttempt(rolloutId, 'latest', { status: 'succeeded' })),
    );
    expect(settled.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    for (const result of settled) {
      expect(['UNAVAILABLE', 'STORE_CLOSING']).toContain((result as { reason: { code: string } }).reason.code);
    }
  });

  it('gives all reports of a request to the store at once, and those about one rollout one after the other', async () => {
    const { connect, rollouts, store } = await servedRollouts(3);
    const client = connect();
    await client.statistics(); // The client knows what the server can do.
    const [first, second, third] = rollouts;
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const begun: string[] = [];
    const update = store.updateAttempt.bind(store);
    store.updateAttempt = async (rolloutId, attemptId, patch, options) => {
      begun.push(`${rolloutId} ${patch.status}`);
      if (begun.length === 3) open();
      await gate;
      return update(rolloutId, attemptId, patch, options);
    };
    const reports = await Promise.all([
      client.updateAttempt(first!.rolloutId, 'latest', { status: 'running' }),
      client.updateAttempt(first!.rolloutId, first!.attempt.attemptId, { status: 'succeeded' }),
      client.updateAttempt(second!.rolloutId, 'latest', { status: 'succeeded' }),
      client.updateAttempt(third!.rolloutId, 'latest', { status: 'failed' }),
    ]);
    expect(reports.map(({ status }) => status)).toEqual(['running', 'succeeded', 'succeeded', 'failed']);
    expect(begun.at(-1)).toBe(`${first!.rolloutId} succeeded`);
    expect(begun).toHaveLength(4);
  });
});
