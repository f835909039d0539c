import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AlgorithmContext,
  algorithm,
  Baseline,
  ClientServerExecutionStrategy,
  createLogger,
  InMemoryLightningStore,
  type Logger,
  SharedMemoryExecutionStrategy,
  TraceToMessages,
  Trainer,
} from 'agentlightning';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHook, ObservedAgent, type ObservedTask, StampTracer } from './fixtures/observed-agent.ts';
import { OwnAdapter, tellingAlgorithm } from './fixtures/telling-algorithm.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'options-'));
});
afterEach(() => rm(directory, { recursive: true }));

const here = () => new SharedMemoryExecutionStrategy({ drainMs: 50, abortMs: 50 });
const threads = () => new ClientServerExecutionStrategy();
const placements = [
  ['in this thread', here],
  ['in worker threads', threads],
] as const;

const task = (name: string, more: Partial<ObservedTask> = {}): ObservedTask => ({ name, ...more });

describe.each(placements)('%s', (_, strategy) => {
  it('hooks are told about each attempt, in order', async () => {
    const file = join(directory, 'hook.log');
    const trainer = new Trainer({
      algorithm: new Baseline<ObservedTask>(),
      nRunners: 1,
      strategy: strategy(),
      hooks: [new FileHook({ file })],
    });
    await trainer.fit(new ObservedAgent(), [task('a'), task('b', { fails: true })]);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toEqual([
      'start',
      'trace-start',
      'trace-end',
      'end succeeded agentlightning.annotation',
      'start',
      'trace-start',
      'trace-end',
      'end failed agentlightning.exception',
    ]);
  });

  it('a tracer of the user replaces the default one', async () => {
    const names = algorithm(async (context: AlgorithmContext<ObservedTask>) => {
      const tasks = Array.from(context.trainDataset);
      const [outcome] = await context.evaluate('e', { candidates: [{}], tasks, mode: 'train' }).outcomes();
      return (await outcome!.trace()).map((span) => span.name).sort();
    });
    const trainer = new Trainer({ algorithm: names, nRunners: 1, strategy: strategy(), tracer: new StampTracer() });
    const run = await trainer.fit(new ObservedAgent(), [task('a')]);
    expect(run.result).toEqual(['agentlightning.annotation', 'stamp']);
  });
});

describe('rollout options', () => {
  it('timeoutSeconds stops an attempt, retryOn and maxAttempts say how often it is tried again', async () => {
    const store = new InMemoryLightningStore();
    const trainer = new Trainer({
      algorithm: new Baseline<ObservedTask>(),
      store,
      nRunners: 2,
      strategy: here(),
      // Longer than a busy machine keeps the quick one from its end.
      rollout: { timeoutSeconds: 1, maxAttempts: 2, retryOn: ['timeout'] },
    });
    const run = await trainer.fit(new ObservedAgent(), [task('slow', { sleepMs: 600_000 }), task('quick')]);
    expect(run.result.outcomes.map(({ status }) => status)).toEqual(['timeout', 'succeeded']);
    const attempts = await store.queryAttempts(run.result.outcomes[0]!.rolloutId);
    expect(attempts.items.map(({ status }) => status)).toEqual(['timeout', 'timeout']);
    await store.close();
  });

  it('an agent that fails is not tried again unless retryOn says so', async () => {
    for (const [retryOn, attempts] of [
      [undefined, 1],
      [['failed'], 3],
    ] as const) {
      const store = new InMemoryLightningStore();
      const trainer = new Trainer({
        algorithm: new Baseline<ObservedTask>(),
        store,
        strategy: here(),
        ...(retryOn === undefined ? {} : { rollout: { retryOn } }),
      });
      const run = await trainer.fit(new ObservedAgent(), [task('bad', { fails: true })]);
      expect((await store.queryAttempts(run.result.outcomes[0]!.rolloutId)).total).toBe(attempts);
      await store.close();
    }
  });

  it('the limits are on by default, and null takes them off', async () => {
    for (const [rollout, expected] of [
      [
        {},
        { timeoutSeconds: 900, unresponsiveSeconds: 60, maxAttempts: 3, retryCondition: ['timeout', 'unresponsive'] },
      ],
      [
        { timeoutSeconds: null, unresponsiveSeconds: null },
        { timeoutSeconds: null, unresponsiveSeconds: null },
      ],
    ] as const) {
      const store = new InMemoryLightningStore();
      const trainer = new Trainer({ algorithm: new Baseline<ObservedTask>(), store, strategy: here(), rollout });
      await trainer.fit(new ObservedAgent(), [task('a')]);
      expect((await store.queryRollouts()).at(0)?.config).toMatchObject(expected);
      await store.close();
    }
  });
});

describe('other options', () => {
  it('adapter reaches the algorithm', async () => {
    const adapter = new TraceToMessages();
    let seen: unknown;
    const look = algorithm(async (context: AlgorithmContext<ObservedTask>) => {
      seen = context.adapter;
    });
    await new Trainer({ algorithm: look, adapter, strategy: here() }).fit(new ObservedAgent(), [task('a')]);
    expect(seen).toBe(adapter);
  });

  it('nRunners bounds how many rollouts run at once', async () => {
    for (const nRunners of [1, 3]) {
      const store = new InMemoryLightningStore();
      let running = 0;
      let most = 0;
      store.onRolloutChange(({ from, to }) => {
        if (to === 'preparing') most = Math.max(most, ++running);
        if (to === 'succeeded' && from !== null) running -= 1;
      });
      const tasks = Array.from({ length: 9 }, (_, index) => task(`t${index}`, { sleepMs: 5 }));
      const trainer = new Trainer({ algorithm: new Baseline<ObservedTask>(), store, nRunners, strategy: here() });
      await trainer.fit(new ObservedAgent(), tasks);
      expect(most).toBe(nRunners);
      await store.close();
    }
  });

  it('maxRollouts that the algorithm needs more of is an error, not an endless wait', async () => {
    const trainer = new Trainer({ algorithm: new Baseline<ObservedTask>(), maxRollouts: 2, strategy: here() });
    const failure = trainer.fit(new ObservedAgent(), [task('a'), task('b'), task('c')]);
    await expect(failure).rejects.toMatchObject({ code: 'RUNNERS_LOST' });
    await expect(failure).rejects.toThrow('maxRollouts');
  });

  it('an algorithm that declares durable: false drives the store itself', async () => {
    const own = algorithm(
      async (context) => {
        const { store } = context.scope('anywhere');
        const { trainDataset } = context;
        const rollouts = await store.enqueueManyRollouts(Array.from(trainDataset, (input) => ({ input })));
        const ended = await store.waitForRollouts({ rolloutIds: rollouts.map(({ rolloutId }) => rolloutId) });
        return ended.map(({ status }) => status);
      },
      { durable: false },
    );
    const run = await new Trainer({ algorithm: own, strategy: here() }).fit(new ObservedAgent(), [task('a')]);
    expect(run.result).toEqual(['succeeded']);
    expect(run.counts.rollouts.succeeded).toBe(1);
  });

  it('no other algorithm sees the store', async () => {
    const look = algorithm(async (context: AlgorithmContext<ObservedTask>) => 'store' in context);
    const run = await new Trainer({ algorithm: look, strategy: here() }).fit(new ObservedAgent(), [task('a')]);
    expect(run.result).toBe(false);
  });

  it('adapter, seed and logger are the same in a thread of the algorithm', async () => {
    const run = async (mainProcess: 'algorithm' | 'runner', seed: number) => {
      const lines: unknown[] = [];
      const note = (fields: object, message?: string) => {
        if (message === 'A word to the log') lines.push(fields);
      };
      const trainer = new Trainer({
        algorithm: tellingAlgorithm,
        adapter: new OwnAdapter(),
        seed,
        logger: { debug: note, info: note, warn: note, error: note },
        strategy: new ClientServerExecutionStrategy({ mainProcess }),
        nRunners: 1,
      });
      const { result } = await trainer.fit(new ObservedAgent(), [task('a')]);
      return { ...result, lines };
    };
    const [beside, away, other] = [await run('algorithm', 5), await run('runner', 5), await run('runner', 6)];
    expect(away).toEqual(beside);
    expect(away).toMatchObject({ adapter: 'OwnAdapter', lines: [{ from: 'the algorithm' }] });
    expect(other.random).not.toBe(away.random);
  });

  it('nRunners is 8 unless it is said', async () => {
    const stream = new Trainer({ algorithm: new Baseline<ObservedTask>(), strategy: here() }).stream(
      new ObservedAgent(),
      [task('a')],
    );
    const started = [];
    for await (const event of stream) if (event.type === 'run-started') started.push(event.nRunners);
    expect(started).toEqual([8]);
  });

  it('logger is told what goes on', async () => {
    const lines: string[] = [];
    const note = (fields: object, message?: string) => lines.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    const trainer = new Trainer({ algorithm: new Baseline<ObservedTask>(), logger, strategy: threads(), nRunners: 1 });
    await trainer.fit(new ObservedAgent(), [task('a')]);
    expect(lines.join('\n')).toContain('The store is served');
  });
});

describe('createLogger()', () => {
  it.each([
    [{ levl: 'info' }, "'levl' is not an option: did you mean 'level'?"],
    [{ level: 'loud' }, "'level' must be one of silent, error, warn, info, debug: current value is loud"],
  ])('refuses %j', (options, message) => {
    expect(() => createLogger(options as object)).toThrow(message);
  });

  it('writes JSON lines from its level on, without secrets', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    logger.info({}, 'too quiet');
    logger.warn({ apiKey: 'sk-1', llm: { api_key: 'sk-2' }, request: { headers: { authorization: 'sk-3' } } }, 'loud');
    const text = lines.join('');
    expect(text).toContain('loud');
    expect(text).not.toContain('too quiet');
    expect(text).not.toContain('sk-');
    expect(JSON.parse(text)).toMatchObject({ apiKey: '[redacted]' });
  });
});
