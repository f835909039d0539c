import type { Attempt } from '@agentlightning/core';
import { type Fault, type FaultRule, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { InMemoryLightningStore, LitAgentRunner, rollout } from 'agentlightning';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';

/** A key that must not be seen, which the endpoint repeats in its errors. */
const KEY = 'canary-key-2b7e1f9c4d6a';

interface AgentOptions {
  readonly stream?: boolean;
  readonly maxRetries?: number;
  readonly timeout?: number;
  /** What the agent does with an error: pass it on, wrap it, throw one that says nothing of it, or give a reward all the same. */
  readonly handling?: 'throw' | 'wrap' | 'hide' | 'swallow';
}

/** An agent that asks its model once and is content with what it gets. */
function agentAt(baseURL: string, options: AgentOptions = {}) {
  const { stream = false, maxRetries = 0, timeout = 60_000, handling = 'throw' } = options;
  const client = new OpenAI({ baseURL, apiKey: KEY, maxRetries, timeout });
  const ask = async (task: number): Promise<string | null> => {
    const messages = [{ role: 'user' as const, content: `Task ${task}` }];
    if (!stream) {
      const { choices } = await client.chat.completions.create({ model: 'sim-agent-weak', messages });
      return choices[0]!.message.content!.slice(0, 10);
    }
    let text = '';
    for await (const chunk of await client.chat.completions.create({ model: 'sim-agent-weak', messages, stream })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    return text;
  };
  return rollout<number>(async ({ task }) => {
    try {
      await ask(task);
      return 1;
    } catch (error) {
      if (handling === 'swallow') return 0;
      if (handling === 'wrap') throw new Error('I have no answer', { cause: error });
      if (handling === 'hide') throw new Error('I have no answer');
      throw error;
    }
  });
}

/** What one attempt at one task came to, and everything that was recorded of it. */
async function attempt(faults: readonly FaultRule[], options: AgentOptions = {}) {
  const model = await startSimulatedLlm({ faults });
  const store = new InMemoryLightningStore();
  await using runner = new LitAgentRunner({ agent: agentAt(model.baseUrl, options), store });
  await runner.step(1).catch(() => {
    // Read from the store, as the trainer does.
  });
  const { items } = await store.queryRollouts({});
  const [ended] = items as unknown as { readonly status: string; readonly attempt: Attempt }[];
  const { items: spans } = await store.querySpans({ rolloutId: ended!.attempt.rolloutId });
  await store.close();
  await model.close();
  const { status, metadata } = ended!.attempt;
  return { status, reason: metadata?.['reason'] ?? null, spans, recorded: JSON.stringify([items, spans]) };
}

const status = (code: number, rest: Partial<Extract<Fault, { kind: 'status' }>> = {}): Fault => ({
  kind: 'status',
  status: code,
  message: `Trouble for ${KEY}`,
  ...rest,
});

type Ending = 'lost' | 'stops the run' | "the agent's own" | 'none';

const PLAIN: readonly (readonly [name: string, fault: Fault, ending: Ending])[] = [
  ['429 with Retry-After', status(429, { retryAfter: 0 }), 'lost'],
  ['429 with a date', status(429, { retryAfter: new Date(0).toUTCString() }), 'lost'],
  ['429 with retry-after-ms', status(429, { headers: { 'retry-after-ms': '5' } }), 'lost'],
  ['429 without', status(429), 'lost'],
  ['500', status(500), 'lost'],
  ['502', status(502), 'lost'],
  ['503', status(503), 'lost'],
  ['529', status(529), 'lost'],
  ['a reset before the answer', { kind: 'reset' }, 'lost'],
  ['a reset within the answer', { kind: 'reset', after: 'first-bytes' }, 'lost'],
  ['an answer that is cut off', { kind: 'truncate' }, 'lost'],
  ['silence', { kind: 'stall' }, 'lost'],
  ['401', status(401, { code: 'invalid_api_key' }), 'stops the run'],
  ['402', status(402), 'stops the run'],
  ['403', status(403), 'stops the run'],
  ['an exhausted quota', status(429, { code: 'insufficient_quota' }), 'stops the run'],
  ['an unknown model', status(404, { code: 'model_not_found' }), "the agent's own"],
  ['a context that is too long', status(400, { code: 'context_length_exceeded' }), "the agent's own"],
  ['a request that a filter refuses', status(400, { code: 'content_filter' }), "the agent's own"],
  ['a page of HTML with 200', { kind: 'html' }, "the agent's own"],
  ['malformed JSON', { kind: 'garbage' }, "the agent's own"],
  ['no choices', { kind: 'empty-choices' }, "the agent's own"],
  ['null as content', { kind: 'null-content' }, "the agent's own"],
  ['a refusal', { kind: 'refusal' }, "the agent's own"],
  ['a tool call and nothing else', { kind: 'tool-call' }, "the agent's own"],
  ['empty content', { kind: 'empty-content' }, 'none'],
  ['an answer that is cut at its limit', { kind: 'cut-at-length' }, 'none'],
  ['a filtered answer', { kind: 'content-filter' }, 'none'],
  ['10 MB of answer', { kind: 'oversized', characters: 10_000_000 }, 'none'],
  ['bytes that are no UTF-8', { kind: 'bad-utf8' }, 'none'],
  ['missing usage', { kind: 'missing-usage' }, 'none'],
];

const STREAMED: readonly (readonly [name: string, fault: Fault, ending: Ending])[] = [
  ['503', status(503), 'lost'],
  ['a stream that is cut in the middle of an event', { kind: 'truncate' }, 'lost'],
  ['a reset within the stream', { kind: 'reset', after: 'first-bytes' }, 'lost'],
  ['an event that is no JSON', { kind: 'garbage' }, "the agent's own"],
];

const ENDINGS: Readonly<Record<Ending, { status: string; reason: string | null }>> = {
  lost: { status: 'failed', reason: 'model outage' },
  'stops the run': { status: 'failed', reason: 'model refused' },
  "the agent's own": { status: 'failed', reason: null },
  none: { status: 'succeeded', reason: null },
};

describe('an attempt whose model gives', () => {
  it.concurrent.each(PLAIN)('%s', async (_name, fault, ending) => {
    const { recorded, spans, ...came } = await attempt([{ fault }], { timeout: fault.kind === 'stall' ? 500 : 60_000 });
    expect(came).toEqual(ENDINGS[ending]);
    // The call is recorded whatever became of it, and its key is not.
    expect(spans.filter(({ name }) => name === 'openai.chat.completion')).toHaveLength(1);
    expect(recorded.includes(KEY)).toBe(false);
  });

  it.concurrent.each(STREAMED)('%s (streamed)', async (_name, fault, ending) => {
    const { recorded, spans, ...came } = await attempt([{ fault }], { stream: true });
    expect(came).toEqual(ENDINGS[ending]);
    expect(spans.filter(({ name }) => name === 'openai.chat.completion')).toHaveLength(1);
    expect(recorded.includes(KEY)).toBe(false);
  });
});

describe('the reason of an attempt', () => {
  const down: FaultRule[] = [{ fault: status(503) }];
  const refused: FaultRule[] = [{ fault: status(401) }];

  it('is found behind an error of the agent, not guessed where it says nothing', async () => {
    expect(await attempt(down, { handling: 'wrap' })).toMatchObject(ENDINGS.lost);
    expect(await attempt(down, { handling: 'hide' })).toMatchObject(ENDINGS["the agent's own"]);
    expect(await attempt(refused, { handling: 'hide' })).toMatchObject(ENDINGS['stops the run']);
  });

  it('is a refused key also where the agent gives a reward without an answer', async () => {
    expect(await attempt(refused, { handling: 'swallow' })).toMatchObject({
      status: 'succeeded',
      reason: 'model refused',
    });
    expect(await attempt(down, { handling: 'swallow' })).toMatchObject({ status: 'succeeded', reason: null });
  });

  it('is none once the client of the agent got through', async () => {
    const later = await attempt([{ fault: status(503, { headers: { 'retry-after-ms': '1' } }), requests: [1] }], {
      maxRetries: 1,
    });
    expect(later).toMatchObject(ENDINGS.none);
    expect(later.spans.map(({ status: { statusCode } }) => statusCode)).toEqual(['ERROR', 'OK', 'OK']);
  });
});

describe('a runner whose model asks to be left alone', () => {
  it('finishes what it has and claims nothing more until then', async () => {
    const faults: FaultRule[] = [{ fault: status(429, { headers: { 'retry-after-ms': '300' } }), requests: [1] }];
    const model = await startSimulatedLlm({ faults });
    const store = new InMemoryLightningStore();
    const ids = await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    // An agent that does without an answer ends at once.
    await using runner = new LitAgentRunner({
      agent: agentAt(model.baseUrl, { handling: 'swallow' }),
      store,
      maxRollouts: 2,
    });
    await runner.iter();
    const [first, second] = await Promise.all(ids.map(({ rolloutId }) => store.getLatestAttempt(rolloutId)));
    expect([first?.status, second?.status]).toEqual(['succeeded', 'succeeded']);
    const [refused] = (await store.querySpans({ rolloutId: ids[0]!.rolloutId })).items;
    expect(refused?.attributes['http.response.header.retry-after-ms']).toEqual(['300']);
    expect(second!.startTime - refused!.endTime!).toBeGreaterThan(0.29);
    await store.close();
    await model.close();
  });

  it('tries a rollout again that was lost to an outage, and one that failed by itself not', async () => {
    const model = await startSimulatedLlm({ faults: [{ fault: status(503), requests: [1] }] });
    const store = new InMemoryLightningStore();
    const config = { maxAttempts: 3, retryCondition: ['timeout' as const, 'unresponsive' as const] };
    const asking = agentAt(model.baseUrl);
    const agent = rollout<number>(async (call) => {
      if (call.task === 0) throw new Error('I cannot count to nothing');
      return await asking.rollout(call.task, call.resources, call.rollout);
    });
    const [lost, failed] = await store.enqueueManyRollouts([1, 0].map((input) => ({ input, config })));
    await using runner = new LitAgentRunner({ agent, store, maxRollouts: 3 });
    await runner.iter();
    expect(await store.getRolloutById(lost!.rolloutId)).toMatchObject({
      status: 'succeeded',
      attempt: { sequenceId: 2 },
    });
    expect(await store.getRolloutById(failed!.rolloutId)).toMatchObject({
      status: 'failed',
      attempt: { sequenceId: 1 },
    });
    await store.close();
    await model.close();
  });
});
