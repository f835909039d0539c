import { LLM, PromptTemplate } from '@agentlightning/core';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { noisyAgent, runSearch, SEED, type SearchRun, type TestTask, tasks } from '../test/run-search.ts';
import { MODELS, startScriptedModel } from '../test/scripted-model.ts';
import { APO, type apoFromSource } from './apo.ts';
import type { ApoOptions } from './apo-options.ts';

const OTHER = new PromptTemplate({ template: 'Other {word}' });
const MODEL = new LLM({ endpoint: 'http://127.0.0.1:1', model: 'agent' });
const SMALL: ApoOptions = { ...MODELS, beamWidth: 1, branchFactor: 1, beamRounds: 1 };

function apo(options: ApoOptions = {}): APO<TestTask> {
  return new APO<TestTask>(new OpenAI({ apiKey: 'k' }), options);
}

describe('APO.checkResources()', () => {
  it('takes the only prompt template, and the one that target names', () => {
    expect(() => apo().checkResources({ model: MODEL, prompt: SEED })).not.toThrow();
    expect(apo({ target: 'b' }).getSeedPromptTemplate({ a: SEED, b: OTHER })).toEqual(['b', OTHER]);
    expect(apo({ compat: 'upstream' }).getSeedPromptTemplate({ a: SEED, b: OTHER })).toEqual(['a', SEED]);
  });

  it.each([
    ['no prompt template', {}, { model: MODEL }, 'have no PromptTemplate'],
    [
      'several without a target',
      {},
      { a: SEED, b: OTHER },
      "several PromptTemplates, 'a', 'b': name one with the option 'target'",
    ],
    [
      'a target that does not exist',
      { target: 'c' },
      { a: SEED },
      "no PromptTemplate named 'c' among the initial resources: there is 'a'",
    ],
    ['a target that is no prompt', { target: 'model' }, { model: MODEL, a: SEED }, "no PromptTemplate named 'model'"],
    ['a damaged seed', {}, { a: new PromptTemplate({ template: 'Answer {' }) }, "'a' is damaged"],
  ])('refuses %s', (_what, options, resources, message) => {
    const check = () => apo(options).checkResources(resources);
    expect(check).toThrow(expect.objectContaining({ code: 'RESOURCES_INVALID' }));
    expect(check).toThrow(message);
  });
});

describe('APO before, during and after a run', () => {
  it('has no best prompt before any run', () => {
    const algorithm = apo();
    expect(() => algorithm.getBestPrompt()).toThrow(
      expect.objectContaining({ code: 'NO_BEST_PROMPT', message: expect.stringContaining('No best prompt found') }),
    );
    expect([algorithm.bestScore, algorithm.bestVersion, algorithm.history, algorithm.snapshot()]).toEqual([
      null,
      null,
      [],
      null,
    ]);
    expect(() => algorithm.restore(null)).toThrow(expect.objectContaining({ code: 'NO_BEST_PROMPT' }));
  });

  it('answers the seed for a run that was stopped before it began', () => {
    const algorithm = apo();
    algorithm.checkResources({ prompt: SEED });
    expect(algorithm.restore(null)).toMatchObject({
      bestPrompt: { template: SEED.template },
      bestScore: null,
      bestEvaluation: null,
      bestVersion: null,
    });
  });

  it('tells the same from a snapshot as the object that ran', async () => {
    await using model = await startScriptedModel();
    const algorithm = new APO<TestTask>(model.client(), { ...SMALL, beamRounds: 2 });
    await runSearch({ algorithm, agent: noisyAgent });
    const elsewhere = apo();
    const result = elsewhere.restore(structuredClone(algorithm.snapshot()));
    expect(result).toMatchObject({
      bestScore: algorithm.bestScore,
      bestVersion: algorithm.bestVersion,
      bestPrompt: algorithm.getBestPrompt(),
      bestEvaluation: { score: algorithm.bestScore, interval: [expect.any(Number), expect.any(Number)], failed: 0 },
    });
    expect(result.history).toEqual(algorithm.history);
    expect(elsewhere.getBestPrompt()).toEqual(algorithm.getBestPrompt());
    expect(elsewhere.snapshot()).toEqual(algorithm.snapshot());
  });

  it.each([{}, [], 'text', { format: 2, seed: {}, best: null, rounds: [] }])('refuses %j as a snapshot', (snapshot) => {
    expect(() => apo().restore(snapshot)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('goes on with its own record when it is given a snapshot of the run it is in', async () => {
    await using model = await startScriptedModel();
    const algorithm = new APO<TestTask>(model.client(), SMALL);
    let restored = 0;
    await runSearch({
      algorithm,
      agent: (call) => {
        restored = algorithm.restore(algorithm.snapshot()).history.length;
        return noisyAgent(call);
      },
    });
    expect(restored).toBeGreaterThan(0);
    expect(algorithm.history).toHaveLength(2);
    expect(algorithm.bestScore).not.toBeNull();
  });

  it('keeps what was known when the run is stopped', async () => {
    const stop = new AbortController();
    await using model = await startScriptedModel(({ model: name }, number) => {
      if (name === MODELS.gradientModel && number > 1) stop.abort(new Error('enough'));
      return undefined;
    });
    const algorithm = new APO<TestTask>(model.client(), { ...SMALL, beamRounds: 5, concurrency: 1 });
    await expect(runSearch({ algorithm, agent: noisyAgent, signal: stop.signal })).rejects.toThrow('enough');
    expect(algorithm.bestVersion).toBe('v0');
    expect(algorithm.restore(algorithm.snapshot()).bestScore).toBe(algorithm.bestScore);
  });

  it.each<[string, Partial<SearchRun>, object]>([
    [
      'no training tasks',
      { train: [] },
      { code: 'DATASET_INVALID', message: expect.stringContaining('training dataset') },
    ],
    [
      'no validation tasks',
      { val: [] },
      { code: 'DATASET_INVALID', message: expect.stringContaining('validation dataset') },
    ],
    [
      'an adapter that makes no messages',
      { adapter: { adapt: () => [] } },
      { name: 'TypeError', message: expect.stringContaining('TraceToMessages') },
    ],
    ['no prompt', { resources: { model: MODEL } }, { code: 'RESOURCES_INVALID' }],
  ])('refuses a run with %s', async (_what, run, error) => {
    const algorithm = apo(SMALL);
    const calls: unknown[] = [];
    await expect(runSearch({ algorithm, agent: (call) => calls.push(call), ...run })).rejects.toMatchObject(error);
    expect(calls).toEqual([]);
  });

  it('needs both datasets', () => {
    expect(apo().requires).toEqual({ trainDataset: true, valDataset: true });
  });
});

describe('a model that cannot be used', () => {
  it('stops the run with the cause, and leaves no score behind', async () => {
    await using model = await startScriptedModel(() => ({
      status: 401,
      error: { message: 'Incorrect API key provided: test-key' },
    }));
    const algorithm = new APO<TestTask>(model.client(), { ...SMALL, branchFactor: 4, runInitialValidation: false });
    await expect(runSearch({ algorithm, agent: noisyAgent, slots: 1 })).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.not.stringContaining('test-key'),
    });
    expect(algorithm.bestScore).toBeNull();
    expect(algorithm.bestVersion).toBeNull();
  });
});

describe('APO.source()', () => {
  it('makes an equal algorithm from its module, and says nothing of the key in the snapshot', async () => {
    await using model = await startScriptedModel();
    const options: ApoOptions = { ...SMALL, concurrency: 1 };
    const here = new APO<TestTask>(model.client({ apiKey: 'secret-key' }), options);
    const { moduleUrl, exportName, options: sent } = await here.source();
    const module = (await import(moduleUrl)) as Record<string, unknown>;
    const there = (module[exportName] as typeof apoFromSource)(
      structuredClone(sent) as Parameters<typeof apoFromSource>[0],
    );
    await runSearch({ algorithm: here, agent: noisyAgent });
    await runSearch({ algorithm: there as APO<TestTask>, agent: noisyAgent });
    expect(there.snapshot()).toEqual(here.snapshot());
    expect(JSON.stringify(here.snapshot())).not.toContain('secret-key');
  });

  it('refuses a client with functions among its options', async () => {
    const algorithm = new APO(new OpenAI({ apiKey: 'k', fetch: async () => new Response() }));
    await expect(algorithm.source()).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
  });
});

describe('the parts of APO', () => {
  it('evaluate, criticise and edit a prompt in any context', async () => {
    await using model = await startScriptedModel();
    const parts = new APO<TestTask>(model.client(), MODELS);
    class Once extends APO<TestTask> {
      override async run(context: Parameters<APO<TestTask>['run']>[0]) {
        const { outcomes, result } = await parts.evaluatePromptOnBatch(context.scope('batch'), SEED, tasks(3), 'train');
        expect(result).toMatchObject({ tasks: 3, failed: 0 });
        expect(await parts.computeTextualGradient(context.scope('critique'), SEED, outcomes)).toMatch(/^- State rule/);
        const proposal = await parts.textualGradientAndApplyEdit(context.scope('edit'), SEED, outcomes);
        expect(proposal).toMatchObject({ reason: null, modelCalls: 2, critique: expect.stringMatching(/State rule/) });
        expect(proposal.prompt!.template).toMatch(/^Work on \{word\}\.\nRule/);
        return await super.run(context);
      }
    }
    const { calls } = await runSearch({ algorithm: new Once(model.client(), SMALL), agent: noisyAgent });
    expect(calls.slice(0, 3).map(({ mode, task }) => [mode, task.id])).toEqual([0, 1, 2].map((id) => ['train', id]));
    expect.assertions(5);
  });
});

describe('the fingerprint of APO', () => {
  const fingerprint = (options: ApoOptions): unknown => new APO({ apiKey: 'sk-canary-77' }, options).fingerprint;

  it('is of what decides about results, and not of how fast they come', () => {
    expect(fingerprint({ concurrency: 1 })).toEqual(fingerprint({ concurrency: 8 }));
    expect(fingerprint({ beamWidth: 2 })).not.toEqual(fingerprint({ beamWidth: 3 }));
    expect(fingerprint({ compat: 'upstream' })).not.toEqual(fingerprint({}));
    expect(JSON.stringify(fingerprint({}))).not.toContain('sk-canary-77');
  });
});
