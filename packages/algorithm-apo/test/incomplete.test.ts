import { describe, expect, it } from 'vitest';
import { APO, type ApoOptions } from '../src/index.ts';
import { type AgentCall, runSearch, SEED, type TestAgent, type TestTask, tasks } from './run-search.ts';
import { blockOf, MODELS, type ModelReply, type ModelRequest, startScriptedModel } from './scripted-model.ts';

const VAL = tasks(8, 100);

/** One child of the seed, compared with it on all eight validation tasks. */
async function search(
  agent: TestAgent,
  options: ApoOptions = {},
  reply: (request: ModelRequest) => ModelReply | undefined = () => undefined,
) {
  await using model = await startScriptedModel(reply);
  const algorithm = new APO<TestTask>(model.client(), {
    ...MODELS,
    beamWidth: 1,
    branchFactor: 1,
    beamRounds: 1,
    valBatchSize: VAL.length,
    gradientBatchSize: 2,
    ...options,
  });
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields), info() {}, debug() {}, error() {} };
  const run = await runSearch({ algorithm, agent, val: VAL, logger: logger as never });
  const scored = run.events.filter((event) => event.type === 'candidate-scored');
  const [child] = algorithm.history[1]!.candidates;
  return { ...run, algorithm, scored, child: child!, warnings, result: algorithm.restore(run.report.snapshot) };
}

const isChild = ({ prompt, mode }: AgentCall): boolean => mode === 'val' && prompt.template !== SEED.template;

/** An agent with which the child does well on what it answers, and the seed badly; so many of the child's tasks end otherwise. */
function holding(count: number, how: 'hang' | 'lost', options: { readonly onlyOnce?: boolean } = {}): TestAgent {
  const tried = new Set<string>();
  return async (call) => {
    if (!isChild(call)) return 0.25;
    const key = `${call.prompt.template} ${call.task.id} ${call.priority}`;
    const isHeld = call.task.id - 100 < count && !(options.onlyOnce && tried.has(key));
    tried.add(key);
    return isHeld ? how : 1;
  };
}

describe.each(['hang', 'lost'] as const)('a prompt some of whose rollouts %s', (how) => {
  it.each([1, 4, 8])(
    'past the deadline, %i of 8, twice, has no score and wins nothing, and everybody is told',
    async (held) => {
      const { scored, child, result, report, warnings } = await search(holding(held, how));
      expect(child).toMatchObject({
        status: 'incomplete',
        samples: [{ score: null, tasks: 8, unfinished: held, retried: held }],
      });
      expect(scored.filter(({ version }) => version === 'v1')).toMatchObject([
        { score: null, unfinished: held, tasks: 8 },
      ]);
      expect(warnings).toContainEqual({ version: 'v1', round: 1, unfinished: held, tasks: 8 });
      expect(result).toMatchObject({ bestVersion: 'v0', bestScore: 0.25, counts: { unfinishedRollouts: held } });
      // The first tries and the second ones.
      expect(report.warnings).toEqual([expect.stringContaining(`${2 * held} rollouts gave no result`)]);
      // Nobody works on them any more.
      expect(report.rollouts).toMatchObject({ queued: 0, running: 0 });
    },
  );

  it.each([1, 4, 8])('the first time, %i of 8, is scored by all of them when they are tried again', async (held) => {
    const { child, result } = await search(holding(held, how, { onlyOnce: true }));
    expect(child.samples).toMatchObject([{ score: 1, tasks: 8, unfinished: 0, retried: held }]);
    expect(result).toMatchObject({ bestVersion: 'v1', bestScore: 1 });
  });
});

it('a prompt whose agent fails is not incomplete: that is its own 0', async () => {
  const agent: TestAgent = async (call) => (isChild(call) && call.task.id < 104 ? new Error('broken') : 0.25);
  const { child, result } = await search(agent);
  expect(child.samples).toMatchObject([{ score: 0.125, failed: 4, unfinished: 0, retried: 0 }]);
  expect(result.counts).toMatchObject({ failedRollouts: 4, unfinishedRollouts: 0 });
});

it('the beam does not keep an older prompt whose score is incomplete either, and says so', async () => {
  const agent: TestAgent = async (call) =>
    call.mode === 'val' && !isChild(call) && call.priority > 0 && call.task.id === 100 ? 'lost' : 0.25;
  const { algorithm, scored } = await search(agent);
  expect(algorithm.history[1]!.beam).toEqual(['v1']);
  expect(scored).toContainEqual(
    expect.objectContaining({ version: 'v0', dataset: 'val-sample', score: null, unfinished: 1 }),
  );
});

describe('what upstream does without a word', () => {
  const format: TestAgent = async ({ prompt, task }) => {
    prompt.format({ word: task.word });
    return 0.5;
  };
  const agent: TestAgent = async (call) => {
    try {
      return await format(call);
    } catch (error) {
      return error as Error;
    }
  };
  /** The editor leaves a brace behind, every time. */
  const stray = (request: ModelRequest): string | undefined =>
    request.model === MODELS.applyEditModel ? `${blockOf(request, 'prompt')} Answer as {"room": 1` : undefined;

  it('a stray brace in a new prompt fails all its rollouts at score 0: here it costs none, and everybody is told', async () => {
    const { child, calls, events, result } = await search(agent, {}, stray);
    expect(child).toMatchObject({ status: 'dropped', reason: 'invalid-template', repaired: true, samples: [] });
    expect(child.problem).toMatch(/brace|\{|\}/i);
    expect(events).toContainEqual(expect.objectContaining({ type: 'candidate-dropped', parent: 'v0', round: 1 }));
    expect(calls.every(({ prompt }) => prompt.template === SEED.template)).toBe(true);
    expect(result).toMatchObject({ bestVersion: 'v0', counts: { dropped: 1 } });
  });

  it("a stray brace with compat: 'upstream' fails them as it does there, with a word", async () => {
    const { child, report } = await search(agent, { compat: 'upstream' }, stray);
    expect(child.samples).toMatchObject([{ score: 0, failed: 8, tasks: 8 }]);
    expect(report.warnings).toEqual([expect.stringMatching(/failed and count 0; the first error was: /)]);
  });

  it.each([1, 4])(
    'after rollout_batch_timeout unfinished rollouts are absent and the rest averaged, %i of 8: here there is no score',
    async (held) => {
      const { child } = await search(holding(held, 'hang'));
      expect(child.samples).toMatchObject([{ score: null, unfinished: held }]);
    },
  );

  it.each([
    [1, 1],
    [4, 1],
    [8, 0],
  ])("with compat: 'upstream' they are, %i of 8, and everybody is told how many", async (held, score) => {
    const { child, scored, report } = await search(holding(held, 'hang'), { compat: 'upstream' });
    expect(child.samples).toMatchObject([{ score, tasks: 8, unfinished: held, retried: 0 }]);
    expect(scored.find(({ version }) => version === 'v1')).toMatchObject({ score, unfinished: held, tasks: 8 });
    expect(report.warnings.join()).toContain('gave no result');
  });
});
