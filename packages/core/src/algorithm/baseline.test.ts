import { describe, expect, it } from 'vitest';
import { silentLogger } from '../logging/logger.ts';
import type { AlgorithmContext, EvaluateRequest, TaskOutcome } from './algorithm-context.ts';
import type { AlgorithmEvent } from './algorithm-event.ts';
import { Baseline } from './baseline.ts';
import { findNonJson } from './json-check.ts';

type Outcome = Partial<Pick<TaskOutcome<number>, 'status' | 'reward'>>;

/** A context that answers evaluations by itself and writes down what it is asked, with the full path of every key. */
class ScriptedContext {
  readonly requests: [path: string, request: EvaluateRequest<number>][] = [];
  readonly events: [path: string, event: AlgorithmEvent][] = [];
  readonly #answer: (task: number, path: string) => Outcome;

  constructor(answer: (task: number, path: string) => Outcome) {
    this.#answer = answer;
  }

  at(
    prefix: string,
    data: { trainDataset: readonly number[]; valDataset: readonly number[] },
  ): AlgorithmContext<number> {
    const context: Partial<AlgorithmContext<number>> = {
      ...data,
      initialResources: {},
      logger: silentLogger,
      scope: (...path) => this.at(`${prefix}${path.join('/')}/`, data),
      emit: (key, event) => void this.events.push([`${prefix}${key}`, event]),
      evaluate: (key, request) => {
        this.requests.push([`${prefix}${key}`, request]);
        const outcomes = request.tasks.map((task, index) => this.#outcome(`${prefix}${key}`, task, index));
        return {
          outcomes: () => Promise.resolve(outcomes),
          stop: () => Promise.resolve(),
          async *[Symbol.asyncIterator]() {
            yield* outcomes;
          },
        };
      },
    };
    return context as AlgorithmContext<number>;
  }

  #outcome(path: string, task: number, index: number): TaskOutcome<number> {
    return {
      index,
      candidateIndex: 0,
      task,
      rolloutId: `${path}/${index}`,
      attemptId: 'at-1',
      status: 'succeeded',
      reward: task,
      objectives: {},
      feedback: null,
      error: null,
      usage: { modelCalls: 1, promptTokens: 10, completionTokens: 2 },
      latencySeconds: 1,
      trace: () => Promise.resolve([]),
      ...this.#answer(task, path),
    };
  }
}

const same = (): Outcome => ({});

describe('Baseline', () => {
  it('evaluates both datasets once per epoch with the resources as they are', async () => {
    const script = new ScriptedContext(same);
    const result = await new Baseline<number>({ nEpochs: 2 }).run(
      script.at('', { trainDataset: [1, 0], valDataset: [0.5] }),
    );
    expect(script.requests).toEqual([
      ['epoch-1/train', { candidates: [{}], tasks: [1, 0], mode: 'train' }],
      ['epoch-1/val', { candidates: [{}], tasks: [0.5], mode: 'val' }],
      ['epoch-2/train', { candidates: [{}], tasks: [1, 0], mode: 'train' }],
      ['epoch-2/val', { candidates: [{}], tasks: [0.5], mode: 'val' }],
    ]);
    const usage = { modelCalls: 4, promptTokens: 40, completionTokens: 8 };
    expect(result.train).toEqual({ mean: 0.5, n: 4, failed: 0, withoutReward: 0, unfinished: 0, usage });
    expect(result.val).toMatchObject({ mean: 0.5, n: 2 });
    expect(result.outcomes.map(({ epoch, dataset, index, reward }) => [epoch, dataset, index, reward])).toEqual([
      [1, 'train', 0, 1],
      [1, 'train', 1, 0],
      [1, 'val', 0, 0.5],
      [2, 'train', 0, 1],
      [2, 'train', 1, 0],
      [2, 'val', 0, 0.5],
    ]);
  });

  it('tells of its plan, its rounds and its scores, under keys of their own', async () => {
    const script = new ScriptedContext(same);
    await new Baseline<number>().run(script.at('', { trainDataset: [1, 0], valDataset: [0.25] }));
    expect(script.events).toEqual([
      ['plan', { type: 'plan', rounds: 1, rollouts: 3, modelCalls: 0 }],
      [
        'proposed',
        {
          type: 'candidate-proposed',
          version: 'initial',
          parent: null,
          round: 0,
          candidate: {},
          critique: null,
          edit: null,
        },
      ],
      ['epoch-1/started', { type: 'round-started', round: 1, rounds: 1 }],
      [
        'epoch-1/train-scored',
        {
          type: 'custom',
          name: 'baseline-train-scored',
          data: { round: 1, mean: 0.5, failed: 0, unfinished: 0, tasks: 2 },
        },
      ],
      [
        'epoch-1/scored',
        {
          type: 'candidate-scored',
          version: 'initial',
          round: 1,
          dataset: 'val',
          score: 0.25,
          interval: [0.25, 0.25],
          failed: 0,
          unfinished: 0,
          tasks: 1,
        },
      ],
      ['epoch-1/ended', { type: 'round-ended', round: 1, rounds: 1, bestScore: 0.25 }],
    ]);
  });

  it('counts failures and missing rewards as 0, and says so', async () => {
    const answers: Outcome[] = [
      { reward: 1 },
      { status: 'failed', reward: null },
      { status: 'timeout', reward: null },
      { reward: null },
    ];
    const script = new ScriptedContext((task) => answers[task]!);
    const { val, train } = await new Baseline<number>().run(
      script.at('', { trainDataset: [], valDataset: [0, 1, 2, 3] }),
    );
    expect(val).toMatchObject({ mean: 0.25, n: 4, failed: 2, withoutReward: 1, unfinished: 0 });
    expect(train).toBeNull();
  });

  it('gives no mean when a task did not finish', async () => {
    const script = new ScriptedContext((task) => (task === 2 ? { status: 'cancelled', reward: null } : {}));
    const { train } = await new Baseline<number>().run(script.at('', { trainDataset: [1, 2], valDataset: [] }));
    expect(train).toMatchObject({ mean: null, n: 2, unfinished: 1 });
  });

  it('refuses to run on nothing', async () => {
    const context = new ScriptedContext(same).at('', { trainDataset: [], valDataset: [] });
    await expect(new Baseline<number>().run(context)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  });

  it('hands its result over as JSON, complete epochs only', async () => {
    const script = new ScriptedContext((_, path) => {
      if (path.startsWith('epoch-2')) throw new RangeError('stopped');
      return {};
    });
    const there = new Baseline<number>({ nEpochs: 2 });
    await expect(there.run(script.at('', { trainDataset: [1], valDataset: [] }))).rejects.toThrow('stopped');
    expect(findNonJson(there.snapshot())).toBeUndefined();
    const here = new Baseline<number>().restore(JSON.parse(JSON.stringify(there.snapshot())));
    expect(here.outcomes).toHaveLength(1);
    expect(here.train?.mean).toBe(1);
    expect(new Baseline().restore(new Baseline().snapshot())).toEqual({ train: null, val: null, outcomes: [] });
  });

  it('can be made again in another thread, options included', async () => {
    const { moduleUrl, exportName, options } = await new Baseline({ nEpochs: 3 }).source();
    const module = (await import(moduleUrl)) as Record<string, new (given: unknown) => Baseline<number>>;
    const script = new ScriptedContext(same);
    await new module[exportName]!(options).run(script.at('', { trainDataset: [1], valDataset: [] }));
    expect(script.requests).toHaveLength(3);
    class Mine extends Baseline {}
    await expect(new Mine().source()).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
  });

  it('refuses wrong options, and requires neither dataset by itself', () => {
    expect(() => new Baseline({ nEpochs: 0 })).toThrow("'nEpochs' must be a positive integer: current value is 0");
    expect(() => new Baseline({ epochs: 2 } as object)).toThrow("'epochs' is not an option");
    expect(new Baseline().requires).toEqual({ trainDataset: false, valDataset: false });
  });
});
