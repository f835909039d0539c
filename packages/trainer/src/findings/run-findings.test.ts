import { createRng, LLM, modelCallAttributes, PromptTemplate, type Span, spanFromDraft } from '@agentlightning/core';
import type { FindingCode } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { InMemoryRunJournal } from '../context/run-journal.ts';
import type { RecordedOutcome } from '../context/task-outcome.ts';
import type { RunMessage } from '../run-message.ts';
import { type ObservedCandidate, observedCandidate } from './observed-outcome.ts';
import { RunFindings } from './run-findings.ts';

const seed = new PromptTemplate({ template: 'Find a room for {task}', engine: 'f-string' });
const initialResources = { prompt: seed };

/** The seed, and what was made of it. */
function candidates(count: number): ObservedCandidate[] {
  return Array.from({ length: count }, (_, index) =>
    observedCandidate(initialResources, {
      prompt: new PromptTemplate({ template: `${seed.template}${', please'.repeat(index)}`, engine: 'f-string' }),
    }),
  );
}

/** What the agent of a test does. */
interface TestAgent {
  /** What it sends its model; `null`: it is not seen, `undefined`: it fails. */
  readonly request: (prompt: string, task: number) => string | null | undefined;
  /** By candidate and task. */
  readonly reward: (candidate: number, task: number) => number | null;
}

const usesPrompt: TestAgent['request'] = (prompt) => prompt;

function modelCall(content: string): Span {
  const attributes = modelCallAttributes({ model: 'm', messages: [{ role: 'user', content }] }, { choices: [] });
  const ids = { rolloutId: 'r', attemptId: 'a', traceId: 'f'.repeat(32), now: 1 };
  return { ...spanFromDraft({ name: 'openai.chat.completion', attributes }, ids), sequenceId: 1 };
}

function world(journal = new InMemoryRunJournal(), resources: typeof initialResources | object = initialResources) {
  const told: RunMessage[] = [];
  const findings = new RunFindings({
    keeper: journal,
    initialResources: resources as typeof initialResources,
    post: (message) => told.push(message),
  });
  const evaluate = (agent: TestAgent, options: { candidates?: number; tasks?: number; isRecorded?: boolean } = {}) => {
    const { tasks = 12, isRecorded = false } = options;
    candidates(options.candidates ?? 1).forEach((candidate, index) => {
      for (let task = 0; task < tasks; task += 1) {
        const request = agent.request(candidate.prompts['prompt']!.format({ task }), task);
        const reward = agent.reward(index, task);
        const modelCalls = typeof request === 'string' ? 1 : 0;
        const outcome = {
          status: request === undefined ? 'failed' : 'succeeded',
          reward,
          usage: { modelCalls, promptTokens: 0, completionTokens: 0 },
        } as RecordedOutcome;
        const spans = typeof request === 'string' ? [modelCall(request)] : [];
        findings.observe({ outcome, candidate, task: `val ${task}`, ...(isRecorded ? {} : { spans }) });
      }
    });
    findings.evaluationEnded();
  };
  const codes = (): FindingCode[] => findings.all.map(({ code }) => code);
  const message = (code: FindingCode): string | undefined => findings.all.find((found) => found.code === code)?.message;
  return { findings, evaluate, told, codes, message, journal };
}

/** A reward that depends on prompt and task as they do in a search, as 0/1 or as grades. */
function healthyReward(isGraded: boolean): TestAgent['reward'] {
  return (candidate, task) => {
    const chance = createRng(`${candidate} ${task}`).next();
    return isGraded ? Math.round((0.3 + candidate / 20) * chance * 10) / 10 : chance < 0.3 + candidate / 20 ? 1 : 0;
  };
}

describe.each([
  ['rewards of 0 and 1', false],
  ['grades', true],
])('a healthy run with %s', (_, isGraded) => {
  it('has no finding, in any order of evaluations', () => {
    const { evaluate, findings, told } = world();
    const agent = { request: usesPrompt, reward: healthyReward(isGraded) };
    evaluate(agent, { tasks: 30 });
    evaluate(agent, { candidates: 6, tasks: 16 });
    evaluate(agent, { candidates: 3, tasks: 30, isRecorded: true });
    findings.atEnd(null);
    expect(told).toEqual([]);
  });

  it('has none either where some rollouts fail, give no reward or call no model', () => {
    const { evaluate, findings, told } = world();
    const reward = healthyReward(isGraded);
    evaluate(
      {
        request: (prompt, task) => (task % 9 === 1 ? undefined : task % 7 === 1 ? null : prompt),
        reward: (candidate, task) => (task % 10 === 3 ? null : reward(candidate, task)),
      },
      { candidates: 5, tasks: 40 },
    );
    findings.atEnd(null);
    expect(told).toEqual([]);
  });
});

describe('rewards-all-equal', () => {
  it.each([0, 1, 0.5])('is said after the first evaluation of 8 rollouts that all got %d', (reward) => {
    const { evaluate, message } = world();
    evaluate({ request: usesPrompt, reward: () => reward }, { tasks: 7 });
    expect(message('rewards-all-equal')).toBeUndefined();
    evaluate({ request: usesPrompt, reward: () => reward }, { tasks: 1 });
    expect(message('rewards-all-equal')).toMatch(new RegExp(`^All 8 rollouts with a reward got the same, ${reward}: `));
  });

  it('is said within a long evaluation, and again when it is twice as much', () => {
    const { evaluate, told } = world();
    evaluate({ request: usesPrompt, reward: () => 0 }, { tasks: 130 });
    const details = told.flatMap((event) => (event.type === 'finding' ? [event.finding.details['rollouts']] : []));
    expect(details).toEqual([32, 64, 128]);
  });

  it('is taken back when a reward differs after all', () => {
    const { evaluate, told, codes } = world();
    evaluate({ request: usesPrompt, reward: () => 0 });
    expect(codes()).toEqual(['rewards-all-equal']);
    evaluate({ request: usesPrompt, reward: (_, task) => (task === 5 ? 0.1 : 0) });
    expect(told.at(-1)).toEqual({ type: 'finding-withdrawn', code: 'rewards-all-equal' });
    expect(codes()).toEqual([]);
  });
});

describe('reward-missing', () => {
  it('is said from the eighth rollout on where a fifth has none, and before the end where there are fewer', () => {
    const agent: TestAgent = { request: usesPrompt, reward: (_, task) => (task % 4 === 0 ? null : task % 2) };
    const { evaluate, message, findings } = world();
    evaluate(agent, { tasks: 5 });
    expect(message('reward-missing')).toBeUndefined();
    findings.atEnd(null);
    expect(message('reward-missing')).toBe(
      '2 of 5 rollouts gave no reward and count 0: return a number from the agent, or call emitReward()',
    );
    evaluate(agent, { tasks: 35 });
    findings.atEnd(null);
    expect(message('reward-missing')).toMatch(/^11 of 40 rollouts/);
  });
});

describe('no-spans', () => {
  const unseen: TestAgent = { request: () => null, reward: healthyReward(true) };

  it('is said after eight rollouts without a model call, with the likely reasons', () => {
    const { evaluate, message } = world();
    evaluate(unseen, { tasks: 7 });
    expect(message('no-spans')).toBeUndefined();
    evaluate(unseen, { tasks: 1 });
    expect(message('no-spans')).toMatch(/^No model call was seen in 8 rollouts: .* fetch/);
  });

  it('is said of recorded outcomes too', () => {
    const { evaluate, codes } = world();
    evaluate(unseen, { isRecorded: true });
    expect(codes()).toEqual(['no-spans']);
  });

  it('is nothing to speak of where agents are given no prompt and no model', () => {
    const { evaluate, codes } = world(undefined, {});
    evaluate(unseen);
    expect(codes()).toEqual([]);
  });
});

describe('prompts-make-no-difference', () => {
  it.each([
    ['0/1', (task: number) => task % 2],
    ['graded', (task: number) => task / 16],
  ])('is said when four prompts got the same %s rewards on eight tasks', (_, rewardOf) => {
    const { evaluate, codes, message } = world();
    const agent: TestAgent = { request: usesPrompt, reward: (_candidate, task) => rewardOf(task) };
    evaluate(agent, { candidates: 3, tasks: 9 });
    expect(codes()).toEqual([]);
    evaluate(agent, { candidates: 4, tasks: 9 });
    expect(message('prompts-make-no-difference')).toMatch(
      /^4 or more different prompts got the very same reward on each/,
    );
  });

  it('is said of three at the end', () => {
    const { evaluate, findings, codes } = world();
    evaluate({ request: usesPrompt, reward: (_, task) => task % 3 }, { candidates: 3 });
    expect(codes()).toEqual([]);
    findings.atEnd(null);
    expect(codes()).toEqual(['prompts-make-no-difference']);
  });

  it('is not said of one prompt that is evaluated again and again, nor besides that all rewards are equal', () => {
    const { evaluate, codes } = world();
    for (let epoch = 0; epoch < 6; epoch += 1) evaluate({ request: usesPrompt, reward: (_, task) => task % 2 });
    expect(codes()).toEqual([]);
    const equal = world();
    equal.evaluate({ request: usesPrompt, reward: () => 1 }, { candidates: 5 });
    expect(equal.codes()).toEqual(['rewards-all-equal']);
  });

  it('is taken back when one makes a difference after all', () => {
    const { evaluate, codes } = world();
    evaluate({ request: usesPrompt, reward: (_, task) => task % 2 }, { candidates: 4 });
    expect(codes()).toEqual(['prompts-make-no-difference']);
    evaluate({ request: usesPrompt, reward: (candidate, task) => (candidate === 4 ? 1 : task % 2) }, { candidates: 5 });
    expect(codes()).toEqual([]);
  });
});

describe.each([
  ['0/1', false],
  ['graded', true],
])('prompt-ignored, with %s rewards', (_, isGraded) => {
  const reward = healthyReward(isGraded);

  it('is said after eight rollouts whose requests do not have the prompt in them', () => {
    const { evaluate, message } = world();
    evaluate({ request: (_prompt, task) => `Book something for ${task}`, reward }, { tasks: 8 });
    expect(message('prompt-ignored')).toMatch(
      /^The text of the prompt is in none of the requests .* in 8 rollouts: .*\(resources\.prompt\.format\(…\)\)/,
    );
  });

  it('is said when different prompts send the same requests, as of an agent that keeps the first prompt it was given', () => {
    const { evaluate, message } = world();
    evaluate({ request: (_prompt, task) => seed.format({ task }), reward }, { candidates: 3, tasks: 6 });
    expect(message('prompt-ignored')).toMatch(
      /^The agent sends its model the same requests whatever the prompt, in all 8/,
    );
  });

  it('is not said of an agent that sends the prompt in its own way', () => {
    for (const request of [
      (prompt: string) => JSON.stringify([{ type: 'text', text: `Line\n"${prompt}"\nend` }]),
      (prompt: string) => `# Instructions\n\n${prompt.replaceAll(' ', '\n')}`,
      // Not recognisable, but another for each prompt.
      (prompt: string, task: number) => `${prompt.length} in French, ${task}`,
    ]) {
      const { evaluate, findings, codes } = world();
      evaluate({ request, reward }, { candidates: 4, tasks: 16 });
      findings.atEnd(null);
      expect(codes()).toEqual([]);
    }
  });
});

describe('candidates that differ in their model alone', () => {
  it('are no different prompts: neither ignored nor without effect', () => {
    const { findings, codes } = world();
    const models = ['a', 'b', 'c', 'd', 'e'].map((model) => new LLM({ endpoint: 'http://127.0.0.1:1', model }));
    for (const llm of models) {
      const candidate = observedCandidate(initialResources, { llm });
      for (let task = 0; task < 16; task += 1) {
        const outcome = {
          status: 'succeeded',
          reward: task % 2,
          usage: { modelCalls: 1, promptTokens: 0, completionTokens: 0 },
        } as RecordedOutcome;
        findings.observe({ outcome, candidate, task: `val ${task}`, spans: [modelCall(seed.format({ task }))] });
      }
    }
    findings.atEnd(null);
    expect(codes()).toEqual([]);
  });
});

describe('datasets-overlap', () => {
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => ({ question: from + index, answer: 1 }));

  it('is said at the start, with how many and which', () => {
    const { findings, message } = world();
    const val = rows(90, 120).map(({ question, answer }) => ({ answer, question }));
    findings.atStart({ train: rows(0, 100), val, test: rows(118, 160) });
    expect(message('datasets-overlap')).toMatch(
      /^10 of 30 validation tasks are in the training set as well \(such as row 0, which is row 90 there\); 2 of 42 test tasks are in the validation set as well \(such as row 0, which is row 28 there\): /,
    );
  });

  it('is not said of sets that have nothing in common, or of one that nothing is learnt from', () => {
    const { findings, told } = world();
    findings.atStart({ train: rows(0, 100), val: rows(100, 130), test: rows(130, 160) });
    findings.atStart({ train: null, val: null, test: rows(0, 30) });
    findings.atStart({ train: [], val: ['a', undefined, 1n, ...rows(0, 30)], test: null });
    expect(told).toEqual([]);
  });

  it('takes no time to speak of for large sets', () => {
    // The clock on the wall says how busy the machine is.
    const before = process.cpuUsage();
    world().findings.atStart({ train: rows(0, 50_000), val: rows(50_000, 60_000), test: null });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1_500);
  });
});

describe('too-few-tasks', () => {
  const sized = (length: number) => Array.from({ length }, (_, index) => `${index} of ${length}`);
  const difference = (mean: number, pValue: number) => ({
    mean,
    interval: [-0.1, 0.3] as const,
    pValue,
    wins: 5,
    losses: 3,
    ties: 12,
    tasksNeeded: 620,
  });

  it('is said at the start of tiny sets, with what shows in them', () => {
    const { findings, message } = world();
    findings.atStart({ train: null, val: sized(19), test: sized(5) });
    expect(message('too-few-tasks')).toMatch(
      /^A difference between two prompts shows in 19 validation tasks from about 0\.35 on, in 5 test tasks from about 0\.69 on: .* 0\.10 takes about 236 tasks, one of 0\.05 about 942/,
    );
  });

  it('is said at the end of a difference that was seen and not told from chance', () => {
    const { findings, message, codes } = world();
    findings.atStart({ train: null, val: sized(20), test: sized(57) });
    expect(codes()).toEqual([]);
    const seen = { tasks: 57, difference: difference(0.031, 0.42), verdict: 'not-distinguishable' } as const;
    findings.atEnd({ ...seen, set: 'test' });
    expect(message('too-few-tasks')).toBe(
      'On the 57 test tasks, the best candidate is 0.031 ahead of what the run began with, which chance does as well (p = 0.42): to tell a difference of that size takes about 620 tasks (80 % power at the 5 % level)',
    );
    findings.atEnd({ ...seen, set: 'val', difference: difference(-0.02, 0.6) });
    expect(message('too-few-tasks')).toMatch(
      /^On the 57 validation tasks, by which it was chosen, the best candidate is 0\.020 behind/,
    );
  });

  it('is taken back where the test set did tell, and stays where only the validation set did', () => {
    const { findings, codes } = world();
    const seen = { tasks: 12, difference: difference(0.9, 0.001), verdict: 'better' } as const;
    findings.atStart({ train: null, val: sized(12), test: sized(13) });
    findings.atEnd({ ...seen, set: 'val' });
    expect(codes()).toEqual(['too-few-tasks']);
    findings.atEnd({ ...seen, set: 'test' });
    expect(codes()).toEqual([]);
  });
});

describe('findings of a run that goes on', () => {
  it('are told again at its start, stay, and are replaced by no smaller one', () => {
    const first = world();
    first.evaluate({ request: () => 'Book something', reward: healthyReward(true) }, { tasks: 20 });
    first.findings.atEnd(null);
    const before = first.message('prompt-ignored');
    expect(before).toMatch(/in 20 rollouts/);

    const second = world(first.journal);
    expect(second.told).toEqual(first.findings.all.map((finding) => ({ type: 'finding', finding })));
    second.evaluate({ request: () => 'Book something', reward: healthyReward(true) }, { tasks: 20, isRecorded: true });
    second.evaluate({ request: () => 'Book something', reward: healthyReward(true) }, { tasks: 9 });
    second.findings.atEnd(null);
    expect(second.message('prompt-ignored')).toBe(before);
  });
});
