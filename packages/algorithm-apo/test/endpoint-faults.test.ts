import {
  type AlgorithmContext,
  algorithm,
  InMemoryLightningStore,
  isLightningError,
  type Json,
  silentLogger,
  systemClock,
} from '@agentlightning/core';
import { freePort } from '@agentlightning/core/testing';
import { type Fault, type FaultRule, type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { runAlgorithm } from '@agentlightning/trainer';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { OptimizerClient } from '../src/optimizer-client.ts';

/** A key that must not be seen, which the endpoint repeats in its errors. */
const KEY = 'canary-key-9d3f7a1c5e8b';

/** Asks the critic once in a step of a run, as APO does. */
async function runWith(baseURL: string, { maxRetries = 1, timeout = 300_000 } = {}) {
  const client = new OptimizerClient(new OpenAI({ baseURL, apiKey: KEY, maxRetries, timeout }));
  const logged: string[] = [];
  const log = (...args: unknown[]): void => void logged.push(JSON.stringify(args));
  const messages: Json[] = [];
  const asking = algorithm(async (context: AlgorithmContext<number>): Promise<{ text?: string; dropped?: string }> => {
    const ask = context.step('critique', null, (step) =>
      client.ask(step, {
        model: 'sim-critic',
        temperature: 0,
        messages: [{ role: 'user', content: 'Why does it fail?' }],
      }),
    );
    try {
      return { text: await ask };
    } catch (error) {
      if (!isLightningError(error, 'STEP_FAILED')) throw error;
      return { dropped: String(error.details['failure']) };
    }
  });
  const store = new InMemoryLightningStore();
  const run = runAlgorithm(
    {
      runId: 'run',
      seed: 0,
      algorithm: asking,
      trainDataset: [1],
      valDataset: [],
      testDataset: undefined,
      initialResources: {},
      adapter: undefined,
      rolloutConfig: {},
      maxRollouts: undefined,
    },
    { store, signal: new AbortController().signal, post: (message) => messages.push(message) },
    { clock: systemClock, logger: { ...silentLogger, warn: log, error: log, info: log, debug: log } },
  );
  const settled = await run.then(
    (report) => ({ report, error: undefined }),
    (error: unknown) => ({
      report: undefined,
      error: error as Error & { code: string; details: Record<string, unknown> },
    }),
  );
  await store.close();
  const { error } = settled;
  const printed = [
    error?.message,
    error?.stack,
    JSON.stringify(error?.details),
    String((error?.cause as Error)?.stack),
  ];
  return { ...settled, told: [...printed, ...logged, JSON.stringify(messages)].join('\n') };
}

async function withFaults<T>(faults: readonly FaultRule[], use: (model: SimulatedLlm) => Promise<T>): Promise<T> {
  const model = await startSimulatedLlm({ faults });
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

const status = (code: number, rest: Partial<Extract<Fault, { kind: 'status' }>> = {}): Fault => ({
  kind: 'status',
  status: code,
  message: `Trouble for ${KEY}`,
  ...rest,
});
const inOneSecond = (): string => new Date(Date.now() + 1000).toUTCString();

/** Every row of what an endpoint may do, and what becomes of the optimiser's call. */
const FAULTS: readonly (readonly [name: string, fault: Fault, becomes: 'retry' | 'stop' | 'ok' | `drop: ${string}`])[] =
  [
    ['429 with Retry-After in seconds', status(429, { retryAfter: 0 }), 'retry'],
    ['429 with Retry-After as a date', status(429, { retryAfter: inOneSecond() }), 'retry'],
    ['429 with retry-after-ms', status(429, { headers: { 'retry-after-ms': '20' } }), 'retry'],
    ['429 without', status(429), 'retry'],
    ['408', status(408), 'retry'],
    ['500', status(500), 'retry'],
    ['502', status(502), 'retry'],
    ['503', status(503), 'retry'],
    ['529', status(529), 'retry'],
    ['a reset before the answer', { kind: 'reset' }, 'retry'],
    ['a reset within the answer', { kind: 'reset', after: 'first-bytes' }, 'retry'],
    ['an answer that is cut off', { kind: 'truncate' }, 'retry'],
    ['silence', { kind: 'stall' }, 'retry'],
    ['silence within the answer', { kind: 'stall', after: 'first-bytes' }, 'retry'],
    ['a page of HTML with 200', { kind: 'html' }, 'retry'],
    ['malformed JSON', { kind: 'garbage' }, 'retry'],
    ['bytes that are no UTF-8', { kind: 'bad-utf8' }, 'retry'],
    ['no choices', { kind: 'empty-choices' }, 'drop: empty'],
    ['null as content', { kind: 'null-content' }, 'drop: empty'],
    ['empty content', { kind: 'empty-content' }, 'drop: empty'],
    ['a refusal', { kind: 'refusal' }, 'drop: refusal'],
    ['a tool call and nothing else', { kind: 'tool-call' }, 'drop: empty'],
    ['an answer that is cut at its limit', { kind: 'cut-at-length' }, 'drop: length'],
    ['an answer that a filter took away', { kind: 'content-filter' }, 'drop: refusal'],
    ['a request that a filter refuses', status(400, { code: 'content_filter' }), 'drop: refusal'],
    ['10 MB of answer', { kind: 'oversized', characters: 10_000_000 }, 'drop: oversized'],
    ['half a megabyte of answer', { kind: 'oversized', characters: 500_000 }, 'drop: oversized'],
    ['an answer without an end', { kind: 'endless' }, 'drop: oversized'],
    ['a context that is too long', status(400, { code: 'context_length_exceeded' }), 'drop: too-long'],
    ['missing usage', { kind: 'missing-usage' }, 'ok'],
    ['401', status(401, { code: 'invalid_api_key' }), 'stop'],
    ['402', status(402), 'stop'],
    ['403', status(403), 'stop'],
    ['an exhausted quota', status(429, { code: 'insufficient_quota' }), 'stop'],
    ['an unknown model', status(404, { code: 'model_not_found' }), 'stop'],
    ['another bad request', status(400), 'stop'],
  ];

/** Only silence is waited for; a busy machine may take its time for anything else. */
const isSilence = ([, fault]: (typeof FAULTS)[number]): boolean => fault.kind === 'stall';

// Silence has a group of its own: what others give, 10 MB for one, would keep the second try from its answer in time.
describe.each([
  ['gives', FAULTS.filter((row) => !isSilence(row)), 60_000],
  ['gives nothing but', FAULTS.filter(isSilence), 1500],
] as const)('the optimiser, when its endpoint %s', (_gives, rows, timeout) => {
  it.concurrent.each(rows)('%s', async (_name, fault, becomes) => {
    const options = { timeout };
    const once = await withFaults([{ fault, requests: [1] }], async (model) => ({
      ...(await runWith(model.baseUrl, options)),
      requests: (await model.requests()).length,
    }));
    const always = await withFaults([{ fault }], async (model) => ({
      ...(await runWith(model.baseUrl, options)),
      requests: (await model.requests()).length,
    }));
    expect(once.told + always.told).not.toContain(KEY);
    if (becomes === 'ok' || becomes === 'retry') {
      expect(once.error).toBeUndefined();
      expect(once.report?.snapshot).toEqual({ result: { text: expect.stringContaining(' ') } });
      expect(once.report?.modelCalls).toBe(once.requests);
      expect(once.requests).toBe(becomes === 'ok' ? 1 : 2);
    }
    if (becomes === 'retry') {
      expect(always.error).toMatchObject({ code: 'MODEL_UNAVAILABLE' });
      expect(always.requests).toBe(2);
    }
    if (becomes === 'stop') {
      expect(always.error).toMatchObject({ code: 'MODEL_UNAVAILABLE', details: { model: 'sim-critic' } });
      expect(always.requests).toBe(1);
    }
    if (becomes.startsWith('drop: ')) {
      expect(always.report?.snapshot).toEqual({ result: { dropped: becomes.slice('drop: '.length) } });
      expect([always.requests, always.report?.modelCalls]).toEqual([1, 1]);
    }
  });
});

describe('the optimiser, when its endpoint', () => {
  it('refuses connections: the run tries again, then stops', async () => {
    const { error } = await runWith(`http://127.0.0.1:${await freePort()}/v1`);
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', details: { reason: 'ECONNREFUSED' } });
  });
});
