import { LLM, type NamedResources, PromptTemplate, ProxyLLM, type RolloutContext } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { runInAttempt } from './attempt-context.ts';
import { llmRollout, promptRollout, rollout } from './function-agents.ts';

const context = {
  rolloutId: 'ro-1',
  mode: 'train',
  attempt: { attemptId: 'at-1' },
  signal: new AbortController().signal,
} as RolloutContext;
const first = new PromptTemplate({ template: 'one {x}' });
const second = new PromptTemplate({ template: 'two {x}' });
const llm = new LLM({ endpoint: 'http://model/v1', model: 'm' });
const proxy = new ProxyLLM({ endpoint: 'http://proxy/v1', model: 'm' });

function warningsOf(body: () => unknown): string[] {
  const warnings: string[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (_fields: object, message = '') => warnings.push(message),
    error: () => {},
  };
  runInAttempt({ rollout: context, traceId: '', sink: { add: () => {} }, logger }, body);
  return warnings;
}

describe('rollout()', () => {
  it('hands everything over by name', () => {
    const agent = rollout<string>((args) => {
      expect(args).toEqual({
        task: 'task',
        resources: { llm: proxy, a: first, b: second },
        rollout: context,
        signal: context.signal,
        prompt: first,
        llm: proxy.withAttemptedRollout(context),
      });
      return 0.5;
    });
    expect(agent.rollout('task', { llm: proxy, a: first, b: second }, context)).toBe(0.5);
  });

  it('leaves out what the resources do not have', () => {
    const agent = rollout(({ prompt, llm: endpoint }) => prompt === undefined && endpoint === undefined);
    expect(agent.rollout(null, {}, context)).toBe(true);
  });

  it('makes something that is still the function', () => {
    const agent = rollout(function choose({ task }) {
      return Number(task);
    });
    expect(agent.name).toBe('choose');
    expect(agent({ task: 3 } as never)).toBe(3);
  });

  it('makes two agents of one function without mixing them up', () => {
    const body = (): number => 1;
    const one = rollout(body, { moduleUrl: 'file:///one.ts' });
    const two = rollout(body);
    expect([one.moduleUrl, two.moduleUrl]).toEqual(['file:///one.ts', undefined]);
  });

  it('refuses what is no function', () => {
    expect(() => rollout('x' as never)).toThrow(
      new TypeError(
        'Cannot make an agent with rollout() as its first argument must be a function: current value is of type string',
      ),
    );
  });
});

describe('options of function agents', () => {
  it.each([
    ['rollout', () => rollout(() => 1, { moduleURL: 'x' } as object), "did you mean 'moduleUrl'?"],
    ['rollout', () => rollout(() => 1, { resource: 'x' } as object), "'resource' is not an option"],
    ['promptRollout', () => promptRollout(() => 1, { resouce: 'x' } as object), "did you mean 'resource'?"],
    ['llmRollout', () => llmRollout(() => 1, { resource: 5 } as object), "'resource' must be a string"],
    [
      'rollout',
      () => rollout(() => 1, { moduleUrl: new URL('file:///a.ts') } as object),
      "'moduleUrl' must be a string",
    ],
  ])('are checked when it is made: %s()', (factory, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`Cannot make an agent with ${factory}()`);
    expect(make).toThrow(message);
  });
});

describe('promptRollout()', () => {
  const agent = promptRollout<string>((task, prompt) => {
    expect(task).toBe('task');
    return prompt.template.length;
  });
  const run = (resources: NamedResources, of = agent) => of.rollout('task', resources, context);

  it('injects the first prompt', () => {
    expect(run({ model: llm, a: first })).toBe(first.template.length);
  });

  it('injects the prompt of the given name', () => {
    const named = promptRollout<string>((_, prompt) => Number(prompt === second), { resource: 'b' });
    expect(run({ a: first, b: second }, named)).toBe(1);
  });

  it('fails with the names that there are when there is no prompt', () => {
    expect(() => run({ model: llm })).toThrow(
      /needs a PromptTemplate and the resources have none: available are 'model' \(llm\)/,
    );
    expect(() => run({})).toThrow(/no resources at all/);
    const named = promptRollout(() => 1, { resource: 'toString' });
    expect(() => named.rollout('task', { a: first }, context)).toThrow(
      expect.objectContaining({ code: 'RESOURCES_INVALID', details: { available: ['a'], wanted: 'toString' } }),
    );
  });

  it('warns once when there are several to choose from', () => {
    const fresh = promptRollout<string>(() => 1);
    const warnings = warningsOf(() => [run({ a: first, b: second }, fresh), run({ a: first, b: second }, fresh)]);
    expect(warnings).toEqual([expect.stringContaining("'a' is used")]);
  });
});

describe('llmRollout()', () => {
  it("makes a proxy's endpoint one of the attempt", () => {
    const agent = llmRollout((_, endpoint) => {
      expect(endpoint).toEqual(new LLM({ endpoint: 'http://proxy/rollout/ro-1/attempt/at-1/v1', model: 'm' }));
    });
    void agent.rollout(null, { prompt: first, proxy }, context);
  });

  it('hands a plain endpoint over as it is', () => {
    expect(llmRollout((_, endpoint) => endpoint === llm).rollout(null, { llm }, context)).toBe(true);
  });

  it('fails when there is no endpoint', () => {
    expect(() => llmRollout(() => 1).rollout(null, { a: first }, context)).toThrow(/needs an LLM/);
  });
});
