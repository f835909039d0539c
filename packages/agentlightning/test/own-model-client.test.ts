import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { algorithm, type LightningError, rollout, SharedMemoryExecutionStrategy, Trainer } from 'agentlightning';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

let model: SimulatedLlm;
beforeAll(async () => {
  model = await startSimulatedLlm({ apiKey: 'key-that-is-right' });
});
afterAll(() => model.close());

/** How a step of the algorithm makes its second call. */
type Asking = (ask: () => Promise<string>, client: OpenAI) => Promise<string>;

/** An algorithm that asks a model twice by a client of its own, the second time with `key`. */
function asksTwice(key: string, ways: { readonly asking?: Asking; readonly baseURL?: string } = {}) {
  const { asking = (ask) => ask(), baseURL = model.baseUrl } = ways;
  const answer = async (client: OpenAI, signal?: AbortSignal): Promise<string> => {
    const messages = [{ role: 'user' as const, content: 'How should the prompt be?' }];
    const completion = await client.chat.completions.create(
      { model: 'sim-critic', messages },
      { signal, maxRetries: 0 },
    );
    return completion.choices[0]?.message.content ?? '';
  };
  return algorithm<number, string[]>(async (context) => {
    const right = new OpenAI({ baseURL: model.baseUrl, apiKey: 'key-that-is-right' });
    const first = await context.step('first', null, ({ llm }) => llm((signal) => answer(right, signal)));
    const client = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
    const second = await context.step('second', null, ({ llm }) => {
      const options = { model: 'sim-critic', host: new URL(baseURL).host, maxRetries: 0 };
      return asking(() => llm((signal) => answer(client, signal), options), client);
    });
    return [first, second];
  });
}

function train(own: ReturnType<typeof asksTwice>, runDirectory: string | null, resume = false) {
  const strategy = new SharedMemoryExecutionStrategy();
  const agent = rollout<number>(() => 1);
  return new Trainer({ algorithm: own, strategy, handleSignals: false }).fit(agent, [1], { runDirectory, resume });
}

const failureOf = async (run: Promise<unknown>): Promise<LightningError> =>
  run.then(
    () => expect.fail('the run did not fail'),
    (error: unknown) => error as LightningError,
  );

describe("a model that an algorithm asks by a client of its own, and that cannot be used, pauses the run as APO's does", () => {
  it('and the run goes on, without what it had being bought again, once that is mended', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'agl-own-client-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    await model.resetStats();
    const paused = await failureOf(train(asksTwice('sk-that-is-wrong'), join(directory, 'run')));
    const { host } = new URL(model.baseUrl);
    expect(paused).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringMatching(
        new RegExp(`^The step "second" cannot use the model 'sim-critic' at ${host}: 401 .*agl resume `),
      ),
      details: {
        status: 401,
        model: 'sim-critic',
        step: 'second',
        resumable: true,
        runDirectory: join(directory, 'run'),
      },
    });
    expect(`${paused.message} ${paused.stack} ${String(paused.cause)}`).not.toContain('sk-that-is-wrong');
    const run = await train(asksTwice('key-that-is-right'), join(directory, 'run'), true);
    expect(run).toMatchObject({ stopReason: 'completed', result: [expect.any(String), expect.any(String)] });
    expect((await model.stats()).calls).toBe(2);
  });

  it.each<[what: string, ways: Parameters<typeof asksTwice>[1], details: object]>([
    [
      'behind an error of its own',
      { asking: (ask) => ask().catch((cause: unknown) => Promise.reject(new Error('no critique', { cause }))) },
      { status: 401, model: 'sim-critic' },
    ],
    [
      'past the pace of the run',
      {
        asking: async (_ask, client) => {
          const messages = [{ role: 'user' as const, content: 'Well?' }];
          return JSON.stringify(await client.chat.completions.create({ model: 'sim-critic', messages }));
        },
      },
      { status: 401 },
    ],
    ['at an address where nobody is', { baseURL: 'http://127.0.0.1:1023/v1' }, { reason: 'ECONNREFUSED' }],
  ])('%s', async (_what, ways, details) => {
    expect(await failureOf(train(asksTwice('sk-that-is-wrong', ways), null))).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      details,
    });
  });

  it.each<[what: string, asking: Asking, code: string | undefined]>([
    ['a failure to reach something that is no model', () => fetch('http://127.0.0.1:1023/').then(String), undefined],
    [
      'a defect after a model had failed',
      (ask) => ask().catch(() => (undefined as unknown as string).trim()),
      undefined,
    ],
    [
      'an answer that is no use',
      (ask) => ask().catch(() => Promise.reject(Object.assign(new Error('no'), { code: 'OWN' }))),
      'OWN',
    ],
  ])('is told from %s, which ends the run as it is', async (_what, asking, code) => {
    const failure = await failureOf(train(asksTwice('sk-that-is-wrong', { asking }), null));
    expect(failure.code).toBe(code);
    expect(failure).not.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });
});
