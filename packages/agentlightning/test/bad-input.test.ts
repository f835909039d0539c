import { createServer } from 'node:net';
import { freePort } from '@agentlightning/core/testing';
import { type Fault, startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  type AgentInput,
  APO,
  type ApoOptions,
  Baseline,
  ClientServerExecutionStrategy,
  type FitOptions,
  PromptTemplate,
  rollout,
  SharedMemoryExecutionStrategy,
  Trainer,
} from 'agentlightning';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MisbehavingAgent } from './fixtures/misbehaving-agents.ts';
import { QuestionAgent, type RoomQuestion } from './fixtures/question-agent.ts';
import { questions, resources, SMALL_SEARCH, seedPrompt } from './fixtures/settings.ts';

let server: Awaited<ReturnType<typeof startSimulatedLlm>>;
beforeAll(async () => {
  server = await startSimulatedLlm({ apiKey: 'right' });
});
afterAll(() => server.close());
beforeEach(() => server.resetStats());

const apo = (options: ApoOptions = SMALL_SEARCH, apiKey = 'right', baseURL = server.baseUrl) =>
  new APO<RoomQuestion>(new OpenAI({ baseURL, apiKey, maxRetries: 0 }), options);

function fitApo(
  parts: {
    train?: unknown;
    options?: unknown;
    agent?: AgentInput<RoomQuestion>;
    initialResources?: object;
    nRunners?: number;
  } = {},
) {
  const trainer = new Trainer({
    algorithm: apo(),
    nRunners: parts.nRunners ?? 2,
    strategy: new SharedMemoryExecutionStrategy(),
    initialResources: (parts.initialResources ?? resources(server.baseUrl, 'right')) as ReturnType<typeof resources>,
  });
  return trainer.fit(
    parts.agent ?? new QuestionAgent(),
    ('train' in parts ? parts.train : questions(4)) as RoomQuestion[],
    ('options' in parts ? parts.options : { valDataset: questions(4) }) as FitOptions<RoomQuestion>,
  );
}

async function nothingWasSpent() {
  expect((await server.stats()).calls).toBe(0);
}

describe('a dataset that cannot be used is refused before anything is spent', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each<[string, object, RegExp]>([
    ['an empty training set', { train: [] }, /trainDataset/],
    ['no training set', { train: undefined }, /trainDataset/],
    ['no validation set', { options: {} }, /valDataset/],
    ['an empty validation set', { options: { valDataset: [] } }, /valDataset/],
    ['an empty test set', { options: { valDataset: questions(2), testDataset: [] } }, /testDataset/],
    [
      'bad rows',
      { train: [1n, { date: 'x' }, { date: 1n }] },
      /2 bad rows of 3:\n +trainDataset\[0\] .*\n +trainDataset\[2\]\.date /,
    ],
    ['a circular row', { train: [circular] }, /trainDataset\[0\]\.self/],
    ['a row with NaN', { options: { valDataset: [{ date: Number.NaN }] } }, /valDataset\[0\]\.date is NaN/],
    ['a set that is none', { options: { valDataset: null } }, /valDataset must be an array.*current value is null/],
    ['a text', { train: 'a task' }, /trainDataset must be an array.*current value is a string/],
  ])('%s', async (_, parts, message) => {
    const failure = fitApo(parts);
    await expect(failure).rejects.toMatchObject({ code: 'DATASET_INVALID' });
    await expect(failure).rejects.toThrow(message);
    await nothingWasSpent();
  });
});

describe('resources that leave open what to optimise are refused before anything is spent', () => {
  it('no prompt template', async () => {
    const { llm } = resources(server.baseUrl);
    await expect(fitApo({ initialResources: { llm } })).rejects.toMatchObject({ code: 'RESOURCES_INVALID' });
    await nothingWasSpent();
  });

  it('several prompt templates and no target', async () => {
    const initialResources = { ...resources(server.baseUrl), other: seedPrompt };
    const failure = fitApo({ initialResources });
    await expect(failure).rejects.toMatchObject({ code: 'RESOURCES_INVALID' });
    await expect(failure).rejects.toThrow(/prompt.*other/);
    await nothingWasSpent();
  });
});

describe('an agent that misbehaves', () => {
  async function baseline(does: string) {
    const trainer = new Trainer({
      algorithm: new Baseline<{ does: string }>(),
      nRunners: 2,
      strategy: new SharedMemoryExecutionStrategy(),
      initialResources: { prompt: seedPrompt },
    });
    return await trainer.fit(new MisbehavingAgent(), [{ does: 'well' }, { does }]);
  }

  it.each([
    ['throws', 'RangeError: the agent threw'],
    ['returns NaN', 'NaN'],
    ['returns Infinity', 'Infinity'],
    ['returns a string', 'of type string'],
    ['misspells a variable', 'dat'],
  ])('fails the rollout and the run says why: it %s', async (does, reason) => {
    const run = await baseline(does);
    expect(run.result.outcomes.map((outcome) => outcome.status)).toEqual(['succeeded', 'failed']);
    expect(run.result.outcomes[1]!.reward).toBeNull();
    expect(run.result.outcomes[1]!.error).toContain(reason);
    expect(run.counts.rollouts).toMatchObject({ succeeded: 1, failed: 1 });
    expect(run.warnings.join()).toContain(`1 of 2 rollouts failed and count 0; the first error was: `);
    expect(run.result.train).toMatchObject({ mean: 0.5, failed: 1 });
  });

  it('succeeds without a reward when it returns nothing, and the run says so', async () => {
    const run = await baseline('returns nothing');
    expect(run.result.outcomes[1]).toMatchObject({ status: 'succeeded', reward: null });
    expect(run.warnings.join()).toContain('1 of 2 rollouts gave no reward and count 0');
  });

  it('may never call a model: its critique has no conversation, and the run ends normally', async () => {
    const agent = rollout<RoomQuestion>(async () => 0.5);
    const run = await fitApo({ agent });
    expect(run).toMatchObject({ stopReason: 'completed', counts: { modelCalls: { agent: 0 } } });
  });

  it('stops the run when it fails every time before it calls a model: a misspelt variable of the prompt', async () => {
    const misspelt = new PromptTemplate({ template: 'Find a room on {dat}', engine: 'f-string' });
    const failure = fitApo({
      train: questions(20),
      options: { valDataset: questions(20) },
      initialResources: { ...resources(server.baseUrl, 'right'), prompt: misspelt },
    });
    await expect(failure).rejects.toMatchObject({ code: 'ROLLOUT_FAILED' });
    await expect(failure).rejects.toThrow(/dat.*date/);
    await nothingWasSpent();
  });
});

describe('a model endpoint that cannot be used stops the run with the cause', () => {
  it('a wrong key of the agents', async () => {
    const failure = fitApo({ initialResources: resources(server.baseUrl, 'wrong-agent-key') });
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await expect(failure).rejects.toThrow(/agents cannot use their model: status 401/);
    await expect(failure).rejects.not.toThrow(/wrong-agent-key/);
  });

  it('nobody at the address of the agents', async () => {
    const failure = fitApo({ initialResources: resources(`http://127.0.0.1:${await freePort()}/v1`) });
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await expect(failure).rejects.toThrow(/ECONNREFUSED/);
  });

  it.each<[string, Fault, RegExp]>([
    ['every call fails with 500', { kind: 'status', status: 500 }, /status 500/],
    ['every call fails with 402', { kind: 'status', status: 402 }, /status 402/],
    ['every connection is reset', { kind: 'reset' }, /agents cannot use their model/],
  ])('%s', async (_, fault, message) => {
    const broken = await startSimulatedLlm({ faults: [{ fault }] });
    try {
      const failure = fitApo({
        initialResources: resources(broken.baseUrl),
        nRunners: 8,
        train: questions(20),
        options: { valDataset: questions(20) },
      });
      await expect(failure).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
      await expect(failure).rejects.toThrow(message);
    } finally {
      await broken.close();
    }
  });

  it('another protocol than the agents speak', async () => {
    const failure = fitApo({ initialResources: resources(server.baseUrl.replace('http:', 'https:')) });
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });

  it.each([
    ['a wrong key of the optimiser', () => apo(SMALL_SEARCH, 'wrong-optimiser-key'), /401/],
    [
      'an unknown model of the optimiser',
      () => apo({ ...SMALL_SEARCH, gradientModel: 'sim-nobody' }),
      /sim-nobody|404/,
    ],
    [
      'nobody at the address of the optimiser',
      async () => apo(SMALL_SEARCH, 'right', `http://127.0.0.1:${await freePort()}/v1`),
      /ECONNREFUSED/,
    ],
  ])('%s', async (_, algorithm, message) => {
    const trainer = new Trainer({
      algorithm: await algorithm(),
      nRunners: 2,
      initialResources: resources(server.baseUrl, 'right'),
    });
    const failure = trainer.fit(new QuestionAgent(), questions(4), { valDataset: questions(4) });
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow(/wrong-optimiser-key/);
  });
});

describe('arguments that make no sense are refused before anything is spent', () => {
  const trainer = () =>
    new Trainer({
      algorithm: apo(),
      strategy: new SharedMemoryExecutionStrategy(),
      initialResources: resources(server.baseUrl, 'right'),
    });
  const agent = new QuestionAgent();
  const data = questions(2);

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'an option of fit()',
      () => trainer().fit(agent, data, { testDataSet: data } as never),
      /did you mean 'testDataset'/,
    ],
    [
      'an option of evaluate()',
      () => trainer().evaluate(agent, data, { resource: {} } as never),
      /did you mean 'resources'/,
    ],
    [
      'a signal that is none',
      () => trainer().fit(agent, data, { signal: 5 } as never),
      /'signal' must be an AbortSignal/,
    ],
    ['no agent', () => trainer().fit(undefined as never, data), /must be an agent .*: current value is undefined/],
    ['a class instead of an instance', () => trainer().fit(QuestionAgent as never, data), /'QuestionAgent'/],
    [
      'no options',
      () => trainer().fit(agent, data, null as never),
      /its options must be an object: current value is null/,
    ],
    ['an empty dataset of evaluate()', () => trainer().evaluate(agent, []), /^dataset /],
    [
      'a mode that is none',
      () => trainer().evaluate(agent, data, { mode: 'tst' as never }),
      /'mode' must be train, val or test: current value is tst/,
    ],
    [
      'a validation set that is none, of an algorithm that needs none',
      () => trainer().dev(agent, data, { valDataset: null as never }),
      /valDataset must be an array/,
    ],
    [
      'a resource that is none',
      () => trainer().evaluate(agent, data, { resources: { prompt: 'x' } as never }),
      /'prompt'/,
    ],
    ['dev() without data', () => trainer().dev(agent, undefined as never), /Baseline needs/],
    ['no algorithm and nobody to serve', () => new Trainer().fit(agent), /'algorithm' must be given/],
    [
      'data that nothing would read',
      () => new Trainer({ strategy: new SharedMemoryExecutionStrategy() }).fit(agent, data),
      /nothing would read its training set of 2/,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
    await nothingWasSpent();
  });
});

describe('fit() called by an agent at work is refused', () => {
  it.each([
    ['in one thread', () => new SharedMemoryExecutionStrategy()],
    ['in a worker thread', () => new ClientServerExecutionStrategy()],
  ])('%s', async (_, strategy) => {
    const trainer = new Trainer({
      algorithm: new Baseline<{ does: string }>(),
      strategy: strategy(),
      initialResources: { prompt: seedPrompt },
    });
    const run = await trainer.fit(new MisbehavingAgent(), [{ does: 'trains' }, { does: 'well' }]);
    expect(run.result.outcomes[0]!.error).toContain('A run cannot be started by an agent');
  });
});

describe('options that make no sense are refused with the value and what is wanted', () => {
  it.each<[object, RegExp]>([
    [{ nRunners: 0 }, /'nRunners' must be a positive integer: current value is 0$/],
    [{ nRunners: -1 }, /'nRunners' must be a positive integer: current value is -1$/],
    [{ nRunners: 1.5 }, /'nRunners' must be a positive integer: current value is 1.5$/],
    [{ nRunners: '8' }, /'nRunners' must be a positive integer: current value is "8"$/],
    [{ maxRollouts: 0 }, /'maxRollouts' must be a positive integer/],
    [{ seed: 0.5 }, /'seed' must be an integer.*: current value is 0.5$/],
    [{ nRunner: 8 }, /'nRunner' is not an option: did you mean 'nRunners'\?/],
    [{ algorithm: 'APO' }, /'algorithm' must be an algorithm/],
    [{ store: {} }, /'store' must be a LightningStore/],
    [{ strategy: 'cs' }, /'strategy' must be an execution strategy/],
    [{ tracer: {} }, /'tracer' must be a tracer/],
    [{ adapter: 1 }, /'adapter' must be a trace adapter/],
    [{ seed: 2 ** 60 }, /'seed' must be an integer/],
    [{ hooks: 5 }, /'hooks' must be hooks/],
    [{ hooks: [null] }, /'hooks' must be hooks/],
    [{ logger: 5 }, /'logger' must be a logger/],
    [{ rollout: 5 }, /'rollout' must be an object/],
    [{ initialResources: [] }, /'initialResources' must be an object of named resources/],
    [{ initialResources: seedPrompt }, /'initialResources' must be an object of named resources/],
    [{ initialResources: { prompt: 'text' } }, /resource 'prompt' must be a PromptTemplate/],
    [{ label: '' }, /'label' must be a line of text: current value is ""/],
    [{ label: 'two\nlines' }, /'label' must be a line of text/],
    [{ handleSignals: 'no' }, /'handleSignals' must be true or false/],
    [{ rollout: { timeoutSeconds: 0 } }, /'rollout.timeoutSeconds' must be a positive number/],
    [{ rollout: { unresponsiveSeconds: -1 } }, /'rollout.unresponsiveSeconds' must be a positive number/],
    [{ rollout: { maxAttempts: 0 } }, /'rollout.maxAttempts' must be a positive integer/],
    [{ rollout: { retryOn: ['broken'] } }, /'rollout.retryOn' takes .*: current value has "broken"/],
    [{ rollout: { retryOn: 'failed' } }, /'rollout.retryOn' must be a list .*: current value is "failed"/],
    [{ rollout: { timeout: 5 } }, /'timeout' is not an option/],
    [
      { algorithm: Baseline },
      /'algorithm' must be an algorithm .*: current value is the function or class 'Baseline'$/,
    ],
    [null as never, /its options must be an object: current value is null/],
  ])('%o', (options, message) => {
    expect(() => new Trainer(options)).toThrow(message);
  });
});

describe('a place where a run cannot work is refused before anything is spent', () => {
  it('an agent that is a closure, with worker threads: the error shows what to write', async () => {
    const trainer = new Trainer({ algorithm: apo(), initialResources: resources(server.baseUrl, 'right') });
    const agent = rollout<RoomQuestion>(async () => 1);
    const failure = trainer.fit(agent, questions(2), { valDataset: questions(2) });
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
    await expect(failure).rejects.toThrow(/moduleUrl: import\.meta\.url/);
    await nothingWasSpent();
  });

  it('an agent whose module cannot be loaded', async () => {
    const trainer = new Trainer({ algorithm: apo(), initialResources: resources(server.baseUrl, 'right') });
    const agent = new URL('./fixtures/no-such-agent.ts', import.meta.url);
    const failure = trainer.fit(agent, questions(2), { valDataset: questions(2) });
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
    await expect(failure).rejects.toThrow(/no-such-agent/);
    await nothingWasSpent();
  });

  it('an algorithm that cannot be sent to a thread, with mainProcess runner', async () => {
    const client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'secret-key', fetch: (...args) => fetch(...args) });
    const trainer = new Trainer({
      algorithm: new APO<RoomQuestion>(client, SMALL_SEARCH),
      strategy: new ClientServerExecutionStrategy({ mainProcess: 'runner' }),
      initialResources: resources(server.baseUrl, 'right'),
    });
    const failure = trainer.fit(new QuestionAgent(), questions(2), { valDataset: questions(2) });
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
    await expect(failure).rejects.not.toThrow(/secret-key/);
    await nothingWasSpent();
  });

  it('a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const trainer = new Trainer({
      algorithm: apo(),
      strategy: new ClientServerExecutionStrategy({ port }),
      initialResources: resources(server.baseUrl, 'right'),
    });
    const failure = trainer.fit(new QuestionAgent(), questions(2), { valDataset: questions(2) });
    await expect(failure).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await expect(failure).rejects.toThrow(String(port));
    await new Promise((resolve) => other.close(resolve));
    await nothingWasSpent();
  });

  it('a trainer that is running already', async () => {
    const trainer = new Trainer({
      algorithm: new Baseline<RoomQuestion>(),
      strategy: new SharedMemoryExecutionStrategy(),
      initialResources: resources(server.baseUrl, 'right'),
    });
    const first = trainer.fit(new QuestionAgent(), questions(2));
    await expect(trainer.fit(new QuestionAgent(), questions(2))).rejects.toMatchObject({ code: 'RUN_NOT_ALLOWED' });
    await first;
  });
});
