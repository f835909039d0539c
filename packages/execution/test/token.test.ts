// The token of a run's store reaches its threads, and shows up nowhere else.
import { InMemoryLightningStore, type Logger } from '@agentlightning/core';
import { ClientServerExecutionStrategy } from '@agentlightning/execution';
import { afterEach, describe, expect, it } from 'vitest';
import { fixtureAgent, testJob } from './test-job.ts';

const TOKEN = 's3cret-token-of-the-test';
const SPELLINGS = [TOKEN, Buffer.from(TOKEN).toString('base64'), Buffer.from(`agl:${TOKEN}`).toString('base64')];

afterEach(() => {
  delete process.env['AGL_TOKEN'];
});

/** Keeps what is logged at every level. */
function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (fields: object, message = ''): void => {
    lines.push(
      `${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value))}`,
    );
  };
  return { lines, debug: write, info: write, warn: write, error: write };
}

describe('the token of a run', () => {
  it('from the environment is in no log, record, span or argument, nor at hand in a thread', async () => {
    process.env['AGL_TOKEN'] = TOKEN;
    const logger = recordingLogger();
    const store = new InMemoryLightningStore();
    const strategy = ClientServerExecutionStrategy.fromEnvironment({ threads: 1, drainMs: 100, abortMs: 100 });
    const job = testJob({ agent: fixtureAgent('telling', 'telling-agent.ts'), store, data: { tasks: [1, 2] } });
    await strategy.execute({ ...job, logger });

    const { items: rollouts } = await store.queryRollouts();
    const spans = await Promise.all(rollouts.map(({ rolloutId }) => store.querySpans({ rolloutId })));
    const said = JSON.stringify([rollouts, spans, (await store.queryWorkers()).items, logger.lines, process.argv]);
    // The agent has told, or nothing was looked at.
    expect(said.includes('execArgv')).toBe(true);
    expect(SPELLINGS.filter((spelling) => said.includes(spelling))).toEqual([]);
    await store.close();
  });
});
