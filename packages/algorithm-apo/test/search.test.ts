import { LLM, PromptTemplate, rewardDraft, type Span, silentLogger, TraceToMessages } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { evaluatePrompt } from '../src/evaluate-prompt.ts';
import { APO, type ApoOptions, type CandidateRecord } from '../src/index.ts';
import {
  type AgentCall,
  chatDraft,
  noisyAgent,
  rewardOf,
  runSearch,
  SEED,
  type SearchRun,
  type TestAgent,
  type TestTask,
  tasks,
} from './run-search.ts';
import { blockOf, MODELS, type ModelReply, type ModelRequest, startScriptedModel } from './scripted-model.ts';

const SMALL: ApoOptions = {
  ...MODELS,
  beamWidth: 1,
  branchFactor: 2,
  beamRounds: 1,
  gradientBatchSize: 2,
  valBatchSize: 3,
};

/** Runs a search against a model that says what `reply` gives, and new prompts where it gives nothing. */
async function search(
  options: ApoOptions,
  run: Omit<Partial<SearchRun>, 'algorithm'> = {},
  reply: (request: ModelRequest, number: number) => ModelReply | undefined = () => undefined,
) {
  await using model = await startScriptedModel(reply);
  const algorithm = new APO<TestTask>(model.client(), { ...SMALL, ...options });
  const ran = await runSearch({ algorithm, agent: noisyAgent, ...run });
  return {
    ...ran,
    algorithm,
    requests: model.requests,
    critiques: model.critiques,
    edits: model.edits,
    result: algorithm.restore(algorithm.snapshot()),
  };
}

function children(algorithm: APO<TestTask>): readonly CandidateRecord[] {
  return algorithm.history.slice(1).flatMap((round) => round.candidates);
}

/** Replies for the editor alone. */
function editor(reply: (request: ModelRequest) => ModelReply | undefined) {
  return (request: ModelRequest) => (request.model === MODELS.applyEditModel ? reply(request) : undefined);
}

describe('APO.run()', () => {
  it('numbers candidates in the order of branches and tells where each comes from', async () => {
    const { algorithm } = await search({ beamWidth: 2, branchFactor: 2, beamRounds: 2 });
    const { history } = algorithm;
    expect(history.map(({ round }) => round)).toEqual([0, 1, 2]);
    expect(history[0]!.candidates).toMatchObject([
      { version: 'v0', parent: null, round: 0, prompt: { template: SEED.template } },
    ]);
    expect(children(algorithm).map(({ version }) => version)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8']);
    expect(history[1]!.parents).toEqual(['v0', 'v0']);
    expect(new Set(history[2]!.parents)).toEqual(new Set(history[1]!.beam));
    for (const child of children(algorithm)) {
      expect(child.critique).toMatch(/State rule/);
      expect(child.prompt!.template).toContain('Rule ');
      expect(child.gradientPrompt).toMatch(/^gradient-(general|detailed|concise)$/);
      expect(child.editPrompt).toMatch(/^edit-(rewrite|conservative)$/);
    }
  });

  it('keeps the best of old and new by one fresh batch, and scores the leader on the whole validation set', async () => {
    const val = tasks(6, 100);
    const { algorithm } = await search({ beamWidth: 2, branchFactor: 2, beamRounds: 2 }, { val });
    for (const round of algorithm.history.slice(1)) {
      const scores = algorithm.history
        .flatMap(({ candidates }) => candidates)
        .flatMap(({ version, samples }) =>
          samples.filter((sample) => sample.round === round.round).map((sample) => ({ version, ...sample })),
        );
      expect(scores).toHaveLength(round.round === 1 ? 5 : 6);
      expect(scores.every(({ tasks: count }) => count === 3)).toBe(true);
      const best = [...scores].sort((a, b) => b.score! - a.score!).slice(0, 2);
      expect(round.beam).toEqual(best.map(({ version }) => version));
      const kept = scores.filter((score) => score.kept).map(({ version }) => version);
      expect(new Set(kept)).toEqual(new Set(round.beam));
      const leader = algorithm.history
        .flatMap(({ candidates }) => candidates)
        .find(({ version }) => version === round.beam[0]);
      const rewards = val.map((task) => rewardOf(new PromptTemplate(leader!.prompt!), task));
      expect(round.validation).toMatchObject({ version: round.beam[0], result: { tasks: 6 } });
      expect(round.validation!.result.score).toBeCloseTo(rewards.reduce((sum, reward) => sum + reward, 0) / 6);
    }
  });

  it('ends with the highest score on the whole validation set, the earliest one of equals', async () => {
    const { algorithm, bests, result } = await search({ beamRounds: 3, beamWidth: 2 }, { agent: async () => 0.5 });
    expect(bests).toEqual([{ version: 'v0', score: 0.5 }]);
    expect(result).toMatchObject({ bestScore: 0.5, bestVersion: 'v0' });
    expect(algorithm.getBestPrompt().template).toBe(SEED.template);
    expect([algorithm.bestScore, algorithm.bestVersion]).toEqual([0.5, 'v0']);
  });

  it('compares with nothing when the seed is not validated, as upstream', async () => {
    const { algorithm } = await search(
      { runInitialValidation: false },
      { agent: async ({ prompt }) => (prompt.template === SEED.template ? 0.9 : 0.1), val: tasks(1) },
    );
    expect(algorithm.history[0]!.validation).toBeNull();
    expect(algorithm.bestVersion).toBe('v0');
    const worse = await search(
      { runInitialValidation: false },
      {
        agent: async ({ prompt, mode, priority }) =>
          prompt.template === SEED.template || (mode === 'val' && priority === 0) ? 0 : 1,
      },
    );
    expect(worse.algorithm).toMatchObject({ bestScore: 0 });
    expect(worse.algorithm.bestVersion).not.toBe('v0');
  });

  it('uses each training task once per pass, and each validation batch for all candidates of a round', async () => {
    const { calls, algorithm } = await search({ branchFactor: 4, gradientBatchSize: 2 }, { train: tasks(8) });
    const trained = calls.filter(({ mode }) => mode === 'train').map(({ task }) => task.id);
    expect(trained.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const sampled = calls.filter(({ mode, priority }) => mode === 'val' && priority > 0);
    expect(new Set(sampled.map(({ task }) => task.id)).size).toBe(3);
    expect(sampled).toHaveLength(3 * (1 + children(algorithm).length));
  });

  it('lets rollouts that others wait for go first', async () => {
    const { calls } = await search({});
    const priorities = (holds: (call: AgentCall) => boolean) =>
      new Set(calls.filter(holds).map(({ priority }) => priority));
    const isSeed = ({ prompt }: AgentCall) => prompt.template === SEED.template;
    expect(priorities(({ mode }) => mode === 'train')).toEqual(new Set([3]));
    expect(priorities((call) => call.mode === 'val' && call.priority > 0 && !isSeed(call))).toEqual(new Set([2]));
    expect(priorities((call) => call.mode === 'val' && isSeed(call))).toEqual(new Set([0, 1]));
  });

  it('shows critics the prompt and its rollouts, and editors the prompt and the critique, at the temperature given', async () => {
    const { critiques, edits } = await search({ branchFactor: 6, diversityTemperature: 0.7 });
    for (const request of critiques) {
      expect(request).toMatchObject({ model: 'critic', temperature: 0.7 });
      expect(blockOf(request, 'prompt')).toBe(SEED.template);
      expect(JSON.parse(blockOf(request, 'experiment'))).toMatchObject({
        status: 'succeeded',
        messages: [{ role: 'user' }, { role: 'assistant' }],
      });
      expect(request.messages[0]!.content.match(/<experiment>/g)).toHaveLength(2);
    }
    for (const request of edits) {
      expect(request).toMatchObject({ model: 'editor', temperature: 0.7 });
      expect(blockOf(request, 'prompt')).toBe(SEED.template);
      expect(blockOf(request, 'critique')).toMatch(/^- State rule/);
    }
  });

  it('asks with the texts of own files', async () => {
    const files = {
      gradientPromptFiles: [new URL('fixtures/critic.jinja', import.meta.url)],
      applyEditPromptFiles: [new URL('fixtures/editor.txt', import.meta.url).href],
    };
    const { algorithm, critiques, edits } = await search(files, {}, ({ model }) =>
      model === MODELS.gradientModel ? 'Be kinder' : 'Kindly work on {word}.',
    );
    expect(critiques[0]!.messages[0]!.content).toMatch(
      /^What is wrong with "Work on \{word\}\."\?\n\n<experiment>\n\{/,
    );
    expect(edits[0]!.messages[0]!.content).toBe('Change "Work on {word}." as told: Be kinder');
    expect(children(algorithm)[0]).toMatchObject({ gradientPrompt: 'critic.jinja', editPrompt: 'editor.txt' });
  });

  it("shows critics what the run's adapter makes of the rollouts", async () => {
    class Shouting extends TraceToMessages {
      override adapt(spans: readonly Span[]) {
        return super.adapt(spans).map((chat) => ({ ...chat, messages: [{ role: 'user' as const, content: 'HEARD' }] }));
      }
    }
    const adapter = new Shouting();
    const { critiques, algorithm } = await search({}, { adapter });
    for (const request of critiques) {
      expect(JSON.parse(blockOf(request, 'experiment'))).toMatchObject({ messages: [{ content: 'HEARD' }] });
    }
    expect(algorithm.getAdapter()).toBe(adapter);
  });

  it('shows critics no more characters of experiments than allowed', async () => {
    const agent = async () => [chatDraft('q'.repeat(20_000), 'a'.repeat(20_000)), rewardDraft(1)];
    const sizes = await Promise.all(
      [2000, 30_000].map(async (maxExperimentCharacters) => {
        const { critiques } = await search({ branchFactor: 1, maxExperimentCharacters }, { agent });
        return critiques[0]!.messages[0]!.content.length;
      }),
    );
    expect(sizes[0]).toBeLessThan(6000);
    expect(sizes[1]).toBeGreaterThan(30_000);
    expect(sizes[1]).toBeLessThan(34_000);
  });

  it('optimises the prompt that target names, and leaves the others as they are', async () => {
    const other = new PromptTemplate({ template: 'Other for {word}' });
    const { calls, algorithm } = await search({ target: 'prompt' }, { resources: { prompt: SEED, another: other } });
    expect(calls.every(({ resources }) => (resources['another'] as PromptTemplate).template === other.template)).toBe(
      true,
    );
    expect(children(algorithm).every(({ prompt }) => prompt!.template.startsWith(SEED.template))).toBe(true);
  });

  it('announces the work, each round, each candidate and each score', async () => {
    const { events, algorithm } = await search({ beamRounds: 2 });
    expect(events[0]).toEqual({ type: 'plan', rounds: 2, rollouts: 6 + 2 * 4 + 3 * 3 + 6 + 3 * 3 + 6, modelCalls: 8 });
    const of = (type: string) => events.filter((event) => event.type === type);
    expect(of('round-started')).toHaveLength(2);
    expect(of('candidate-proposed')).toHaveLength(1 + 4);
    const [seed, first] = of('candidate-proposed');
    expect(seed).toMatchObject({ version: 'v0', parent: null, candidate: { prompt: { template: SEED.template } } });
    const { critique, prompt } = algorithm.history[1]!.candidates[0]!;
    expect(first).toMatchObject({ version: 'v1', parent: 'v0', round: 1, critique, candidate: { prompt } });
    expect(first).toMatchObject({ edit: expect.stringMatching(/^gradient-[a-z]+ → edit-[a-z]+$/) });
    expect(of('beam-chosen')).toEqual(
      algorithm.history.slice(1).map(({ round, beam }) => ({ type: 'beam-chosen', round, versions: beam })),
    );
    const doing = of('progress').filter((event) => event.type === 'progress' && event.part === 'p0-b0');
    expect(doing.slice(0, 4).map((event) => event.type === 'progress' && event.doing)).toEqual([
      'running 2 training tasks',
      'asking the critic',
      'asking the editor',
      null,
    ]);
    expect(of('candidate-scored')).toHaveLength(3 + 3 + 3);
    expect(of('round-ended').at(-1)).toMatchObject({ round: 2, rounds: 2, bestScore: algorithm.bestScore });
    expect(of('plan')).toHaveLength(1);
  });

  it('warns when a beam that should be full is not', async () => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
    await search({ beamWidth: 4, branchFactor: 1, beamRounds: 2 }, { logger, train: tasks(40) });
    expect(warnings).toEqual([]);
    await search(
      { beamWidth: 4, branchFactor: 1, beamRounds: 2 },
      { logger },
      editor(() => SEED.template),
    );
    expect(warnings).toEqual([{ round: 2, beam: 1, beamWidth: 4 }]);
  });

  it('starts anew with each run', async () => {
    await using model = await startScriptedModel();
    const algorithm = new APO<TestTask>(model.client(), SMALL);
    await runSearch({ algorithm, agent: noisyAgent });
    const first = algorithm.snapshot();
    await runSearch({ algorithm, agent: noisyAgent });
    expect(algorithm.snapshot()).toEqual(first);
  });
});

describe('new prompts that are no use', () => {
  it('drops a branch whose critique is empty, refused or cut off, and says so', async () => {
    const replies: ModelReply[] = [
      '',
      ' \n',
      { content: null, refusal: 'No.' },
      { content: 'Half of', finishReason: 'length' },
    ];
    const { algorithm, events, edits, result } = await search(
      { branchFactor: 4, concurrency: 1 },
      {},
      ({ model }, number) => (model === MODELS.gradientModel ? replies[number - 1] : undefined),
    );
    expect(children(algorithm)).toMatchObject(
      Array(4).fill({ version: null, status: 'dropped', reason: 'critique-failed', prompt: null }),
    );
    expect(children(algorithm).map(({ problem }) => problem)).toEqual([
      expect.stringContaining('empty'),
      expect.stringContaining('empty'),
      expect.stringContaining('refused'),
      expect.stringContaining('cut off'),
    ]);
    expect(edits).toHaveLength(0);
    expect(events.filter(({ type }) => type === 'candidate-dropped')).toHaveLength(4);
    expect(result.counts).toMatchObject({ dropped: 4, candidates: 0, modelCalls: 4 });
    // The work that falls away is announced.
    expect(events.filter(({ type }) => type === 'plan')).toHaveLength(2);
  });

  it('drops a branch whose edit is empty', async () => {
    const { algorithm } = await search(
      {},
      {},
      editor(() => ''),
    );
    expect(children(algorithm)).toMatchObject(
      Array(2).fill({ status: 'dropped', reason: 'edit-failed', modelCalls: 2 }),
    );
  });

  it('asks once for a repair, naming what is wrong, and goes on with what is repaired', async () => {
    const { algorithm, edits, result } = await search(
      { branchFactor: 1 },
      {},
      editor(({ messages }) => (messages.length === 1 ? 'Answer {"room": 1} for {word}' : 'Answer for {word} in JSON')),
    );
    expect(children(algorithm)).toMatchObject([
      {
        status: expect.stringMatching(/kept|outscored/),
        repaired: true,
        prompt: { template: 'Answer for {word} in JSON' },
      },
    ]);
    expect(edits.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ['user'],
      ['user', 'assistant', 'user'],
    ]);
    expect(edits[1]!.messages[2]!.content).toMatch(/cannot be used[\s\S]*"room"/);
    expect(result.counts).toMatchObject({ repaired: 1, modelCalls: 3 });
  });

  it('drops what cannot be used after the repair either, before a rollout is spent on it', async () => {
    const { algorithm, calls } = await search(
      { branchFactor: 1 },
      {},
      editor(() => 'There is no placeholder left.'),
    );
    expect(children(algorithm)).toMatchObject([
      { status: 'dropped', reason: 'invalid-template', problem: expect.stringContaining('word'), repaired: true },
    ]);
    expect(calls.every(({ prompt }) => prompt.template === SEED.template)).toBe(true);
  });

  it('keeps a prompt that is only badly wrapped when the repair does not help', async () => {
    const { algorithm } = await search(
      { branchFactor: 1 },
      {},
      editor(() => '```\nDo {word} well.\n```'),
    );
    expect(children(algorithm)).toMatchObject([
      { version: 'v1', repaired: true, prompt: { template: '```\nDo {word} well.\n```' } },
    ]);
  });

  it('does not score a prompt that equals its parent or a sibling again, and gives it no place in the beam', async () => {
    const texts = [` ${SEED.template.replace(' ', '  ')}\n`, 'Better {word}.', 'Better {word}.  \n', 'Better  {word}.'];
    const { algorithm, calls, events } = await search(
      { branchFactor: 4, beamWidth: 2, concurrency: 1 },
      {},
      editor(() => texts.shift() ?? 'Better {word}.'),
    );
    expect(children(algorithm).slice(0, 4)).toMatchObject([
      { version: 'v1', status: 'duplicate', duplicateOf: 'v0', samples: [] },
      { version: 'v2', duplicateOf: null },
      { version: 'v3', status: 'duplicate', duplicateOf: 'v2' },
      { version: 'v4', status: 'duplicate', duplicateOf: 'v2' },
    ]);
    expect(new Set(algorithm.history[1]!.beam)).toEqual(new Set(['v0', 'v2']));
    const scored = calls.filter(({ priority }) => priority === 2).map(({ prompt }) => prompt.template);
    expect(scored.filter((template) => template === 'Better {word}.')).toHaveLength(3);
    // Nor was anything spent on the copy of the parent.
    const copy = SEED.template.replace(' ', '  ');
    expect(calls.filter(({ prompt }) => prompt.template === copy)).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'candidate-dropped', parent: 'v0', round: 1, reason: 'duplicate of v2' }),
    );
  });

  it('keeps the engine of the seed', async () => {
    const resources = { prompt: new PromptTemplate({ template: 'Work on {{ word }}.', engine: 'jinja' }) };
    const { algorithm } = await search({}, { resources });
    expect(children(algorithm).map(({ prompt }) => prompt!.engine)).toEqual(['jinja', 'jinja']);
    expect(children(algorithm)[0]!.prompt!.template).toContain('{{ word }}');
  });
});

describe('rollouts without a result', () => {
  it('counts failures and missing rewards apart and as 0', async () => {
    const { algorithm } = await search(
      { beamWidth: 2, valBatchSize: 4 },
      { val: tasks(4), agent: async ({ task }) => [new Error('broken'), null, 1, 1][task.id % 4]! },
    );
    expect(algorithm.history[0]!.validation!.result).toEqual({
      score: 0.5,
      tasks: 4,
      failed: 1,
      withoutReward: 1,
      unfinished: 0,
      retried: 0,
      interval: expect.any(Array),
    });
  });

  it('keeps the place of a task that was run a second time', async () => {
    const hung = new Set<number>();
    class Once extends APO<TestTask> {
      override async run(context: Parameters<APO<TestTask>['run']>[0]) {
        const evaluation = {
          resourceName: 'prompt',
          prompt: SEED,
          tasks: tasks(3),
          mode: 'val',
          timeoutSeconds: 60,
        } as const;
        const { outcomes, result } = await evaluatePrompt(context, { ...evaluation, retryUnfinished: true });
        expect(result).toMatchObject({ score: 1, retried: 1 });
        expect(outcomes.map(({ index, task }) => [index, task.id])).toEqual([0, 1, 2].map((id) => [id, id]));
        return await super.run(context);
      }
    }
    await using model = await startScriptedModel();
    const agent: TestAgent = async ({ task: { id } }) => {
      if (id !== 2 || hung.has(id)) return 1;
      hung.add(id);
      return 'hang';
    };
    await runSearch({ algorithm: new Once(model.client(), SMALL), agent });
    expect.assertions(2);
  });

  it('runs tasks a second time that were not done at the deadline, and scores the prompt if they are then', async () => {
    const tried = new Set<string>();
    const { algorithm } = await search(
      { gradientBatchSize: 8 },
      {
        agent: async ({ prompt, task, mode, priority }) => {
          const key = `${prompt.template} ${task.id} ${priority}`;
          if (mode === 'train' || task.id !== 100 || tried.has(key)) return 1;
          tried.add(key);
          return 'hang';
        },
      },
    );
    expect(algorithm.history[0]!.validation!.result).toEqual({
      score: 1,
      tasks: 6,
      failed: 0,
      withoutReward: 0,
      unfinished: 0,
      retried: 1,
      interval: expect.any(Array),
    });
  });

  it('gives a prompt no score when they are not done then either, and never compares it', async () => {
    const { algorithm, result } = await search(
      { beamWidth: 2, valBatchSize: 6 },
      {
        agent: async ({ prompt, task }) => (prompt.template !== SEED.template && task.id === 100 ? 'hang' : 1),
      },
    );
    expect(children(algorithm).map(({ status }) => status)).not.toContain('outscored');
    expect(children(algorithm)[0]).toMatchObject({ version: 'v1', status: 'incomplete' });
    expect(children(algorithm)[0]!.samples).toMatchObject([{ score: null, unfinished: 1, retried: 1, kept: false }]);
    expect(algorithm.history[1]!.beam).toEqual(['v0']);
    expect(algorithm.bestVersion).toBe('v0');
    const incomplete = children(algorithm).filter(({ status }) => status === 'incomplete').length;
    expect(result.counts.unfinishedRollouts).toBe(incomplete);
  });

  it('stops when no prompt at all can be scored', async () => {
    const run = search(
      { runInitialValidation: false, rolloutBatchTimeout: 60 },
      { agent: async ({ mode }) => (mode === 'val' ? 'hang' : 1), secondsWhenStuck: 61 },
    );
    await expect(run).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/No beam candidates left in round 1: .* not done in 60 seconds/),
    });
  });

  it('drops a branch when nothing of its training batch finished', async () => {
    const { algorithm, critiques } = await search(
      { branchFactor: 1 },
      { agent: async ({ mode }) => (mode === 'train' ? 'hang' : 1) },
    );
    expect(children(algorithm)).toMatchObject([
      {
        status: 'dropped',
        reason: 'no-experiments',
        training: { unfinished: 2, score: null, retried: 0 },
        gradientPrompt: null,
      },
    ]);
    expect(critiques).toHaveLength(0);
  });
});

describe("compat: 'upstream'", () => {
  const compat = { compat: 'upstream' } as const;

  it('takes the mean over finished rollouts, and 0 when there are none', async () => {
    const { algorithm } = await search(
      { ...compat, valBatchSize: 6 },
      {
        agent: async ({ prompt, task }) => (prompt.template !== SEED.template || task.id === 100 ? 'hang' : 0.5),
      },
    );
    expect(algorithm.history[0]!.validation!.result).toMatchObject({ score: 0.5, unfinished: 1, retried: 0 });
    expect(children(algorithm)[0]!.samples).toMatchObject([{ score: 0, unfinished: 6 }]);
  });

  it('leaves rollouts running that are not done at the deadline, which the default cancels', async () => {
    const agent: TestAgent = async ({ prompt, task }) =>
      prompt.template !== SEED.template && task.id === 100 ? 'hang' : 1;
    const ended = await Promise.all([
      search({ valBatchSize: 6 }, { agent }),
      search({ ...compat, valBatchSize: 6 }, { agent }),
    ]);
    const [byDefault, upstream] = ended.map(({ report }) => report.rollouts);
    expect(byDefault).toMatchObject({ running: 0, cancelled: expect.toSatisfy((count: number) => count > 0) });
    expect(upstream).toMatchObject({ running: expect.toSatisfy((count: number) => count > 0), cancelled: 0 });
  });

  it('lets the parent re-enter when the critique is empty, and skips the branch when the edit is', async () => {
    const empty = await search({ ...compat }, {}, ({ model }) => (model === MODELS.gradientModel ? '' : undefined));
    expect(children(empty.algorithm)).toMatchObject([
      {
        version: 'v1',
        status: expect.stringMatching(/kept|outscored/),
        prompt: { template: SEED.template },
        critique: null,
      },
      { version: 'v2', prompt: { template: SEED.template } },
    ]);
    expect(empty.calls.filter(({ priority }) => priority === 2)).toHaveLength(6);
    const { algorithm } = await search(
      { ...compat },
      {},
      editor(() => ''),
    );
    expect(children(algorithm)).toMatchObject([{ version: null, reason: 'edit-failed' }, { version: null }]);
  });

  it('evaluates what the editor says as it is, duplicates and damage included, as an f-string', async () => {
    const reply = ' No placeholder {"at": all}\n';
    const resources = { prompt: new PromptTemplate({ template: 'On {{ word }}', engine: 'jinja' }) };
    const { algorithm, calls, edits } = await search(
      { ...compat, beamWidth: 2 },
      { resources, agent: async () => 1 },
      editor(() => reply),
    );
    expect(children(algorithm)).toMatchObject(
      Array(4).fill({ prompt: { template: reply, engine: 'f-string' }, repaired: false }),
    );
    expect(children(algorithm).map(({ status }) => status)).not.toContain('duplicate');
    expect(calls.filter(({ priority }) => priority === 2)).toHaveLength(4 * 3);
    expect(edits).toHaveLength(4);
  });

  it('accepts an answer that was cut off', async () => {
    const { algorithm } = await search(
      { ...compat, branchFactor: 1 },
      {},
      editor(() => ({ content: 'Half', finishReason: 'length' })),
    );
    expect(children(algorithm)).toMatchObject([{ prompt: { template: 'Half' } }]);
  });

  it('publishes the prompt alone, where the default keeps the other resources', async () => {
    const model = new LLM({ endpoint: 'http://127.0.0.1:1', model: 'agent' });
    const names = async (options: ApoOptions): Promise<Set<string>> => {
      const { calls } = await search(options, { resources: { model, prompt: SEED } });
      return new Set(Object.keys(calls[0]!.resources));
    };
    expect(await names({})).toEqual(new Set(['model', 'prompt']));
    expect(await names(compat)).toEqual(new Set(['prompt']));
  });

  it('optimises the first of several prompts, with a warning', async () => {
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_fields: object, message = '') => void warnings.push(message),
    };
    const resources = { first: SEED, second: new PromptTemplate({ template: 'Other {word}' }) };
    const { calls } = await search({ ...compat, branchFactor: 1 }, { resources, logger });
    expect(new Set(calls.map((call) => Object.keys(call.resources).join()))).toEqual(new Set(['first']));
    expect(warnings.join()).toContain('several prompt templates');
  });
});
