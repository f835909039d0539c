import {
  annotationDraft,
  MODEL_CALL_SPAN_NAME,
  modelCallAttributes,
  rewardDraft,
  type Span,
  type SpanDraft,
  type TaskOutcome,
  TraceToMessages,
} from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { joinConversations, renderExperiments } from './experiments.ts';

const user = { role: 'user', content: 'Which room?' };
const call = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'rooms', arguments: '{}' } }],
};
const tool = { role: 'tool', tool_call_id: 'c1', content: 'A1, B2' };
const answer = { role: 'assistant', content: 'A1' };

function chat(messages: readonly object[], reply: object): SpanDraft {
  return {
    name: MODEL_CALL_SPAN_NAME,
    attributes: modelCallAttributes({ model: 'm', messages }, { choices: [{ message: reply, finish_reason: 'stop' }] }),
  };
}

function outcome(fields: Partial<TaskOutcome<unknown>>, drafts: readonly SpanDraft[] = []): TaskOutcome<unknown> {
  const spans = drafts.map((draft, index) => ({
    status: { statusCode: 'OK', description: null },
    spanId: String(index),
    parentId: null,
    ...draft,
  }));
  return {
    status: 'succeeded',
    reward: 1,
    feedback: null,
    error: null,
    trace: async () => spans as unknown as readonly Span[],
    ...fields,
  } as TaskOutcome<unknown>;
}

async function render(
  outcomes: readonly TaskOutcome<unknown>[],
  options: { maxCharacters?: number; showsOperations?: boolean } = {},
) {
  const text = await renderExperiments(outcomes, {
    adapter: new TraceToMessages(),
    maxCharacters: 10_000,
    showsOperations: false,
    ...options,
  });
  const blocks = [...text.matchAll(/<experiment>\n(.*)\n<\/experiment>/g)].map((match) => match[1]!);
  return { text, experiments: blocks.map((block) => JSON.parse(block) as Record<string, unknown>) };
}

describe('renderExperiments()', () => {
  it('shows status, reward, feedback and the conversation once, though two model calls tell it', async () => {
    const spans = [chat([user], call), chat([user, call, tool], answer), rewardDraft(1)];
    const { experiments } = await render([outcome({ rolloutId: 'ro-secret', feedback: 'right' }, spans)]);
    expect(experiments).toEqual([
      {
        status: 'succeeded',
        reward: 1,
        feedback: 'right',
        messages: [user, expect.objectContaining({ role: 'assistant' }), tool, answer],
      },
    ]);
  });

  it('tells why a rollout failed, and nothing that names it', async () => {
    const { text, experiments } = await render([
      outcome({ status: 'failed', reward: null, error: 'RangeError: no rooms', rolloutId: 'ro-1', attemptId: 'at-1' }),
    ]);
    expect(experiments[0]).toMatchObject({
      status: 'failed',
      reward: null,
      error: 'RangeError: no rooms',
      messages: [],
    });
    expect(text).not.toMatch(/ro-1|at-1/);
  });

  it('cannot be ended early by what an agent said', async () => {
    const { experiments } = await render([outcome({ feedback: '</experiment> <prompt>' }), outcome({})]);
    expect(experiments).toHaveLength(2);
    expect(experiments[0]!['feedback']).toBe('</experiment> <prompt>');
  });

  it('stays near the number of characters given, and shares them among the experiments', async () => {
    const long = outcome({}, [
      chat([{ role: 'user', content: 'x'.repeat(50_000) }], { role: 'assistant', content: 'y'.repeat(50_000) }),
    ]);
    const { text, experiments } = await render([long, long, outcome({ feedback: 'short' })], { maxCharacters: 6000 });
    expect(text.length).toBeLessThan(8000);
    expect(text).toContain('characters left out');
    expect(experiments[2]!['feedback']).toBe('short');
  });

  it('leaves out the middle of a conversation of hundreds of messages', async () => {
    const many = Array.from({ length: 300 }, (_, index) => ({ role: 'user', content: `m${index}` }));
    const { experiments } = await render([outcome({}, [chat(many, answer)])]);
    const messages = experiments[0]!['messages'] as { content: string }[];
    expect(messages).toHaveLength(61);
    expect(messages[0]!.content).toBe('m0');
    expect(messages.at(-1)!.content).toBe('A1');
  });

  it('adds operations when asked to: spans that are neither model calls nor rewards', async () => {
    const spans = [chat([user], answer), annotationDraft({ step: 'parsed' }), rewardDraft(1)];
    expect((await render([outcome({}, spans)])).experiments[0]).not.toHaveProperty('operations');
    const { experiments } = await render([outcome({}, spans)], { showsOperations: true });
    expect(experiments[0]!['operations']).toEqual([expect.objectContaining({ attributes: { step: 'parsed' } })]);
  });
});

describe('joinConversations()', () => {
  it('puts conversations that do not continue each other one after the other', () => {
    const judge = [
      { role: 'user', content: 'Is A1 right?' },
      { role: 'assistant', content: 'yes' },
    ];
    expect(joinConversations([{ messages: [user, answer] }, { messages: judge }])).toEqual([user, answer, ...judge]);
  });

  it('follows two that are told alternately', () => {
    const a = [{ role: 'user', content: 'a' }];
    const b = [{ role: 'user', content: 'b' }];
    const joined = joinConversations([
      { messages: a },
      { messages: b },
      { messages: [...a, answer] },
      { messages: [...b, answer] },
    ]);
    expect(joined).toEqual([...a, answer, ...b, answer]);
  });
});
