import type { Agent, LLM, NamedResources, PromptTemplate, RolloutContext } from '@agentlightning/core';
import { describe, expectTypeOf, it } from 'vitest';
import { llmRollout, promptRollout, rollout } from './function-agents.ts';
import { LitAgent } from './lit-agent.ts';
import { operation, operationOf } from './operation.ts';

interface Task {
  readonly question: string;
}

class Plain extends LitAgent<Task> {
  override rollout(task: Task): number {
    return task.question.length;
  }
}

class WithOptions extends LitAgent<Task, { readonly model: string }> {
  override async rollout(_task: Task, _resources: NamedResources, _rollout: RolloutContext) {
    return { reward: this.options.model.length };
  }
}

describe('LitAgent', () => {
  it('needs its options exactly when it has some', () => {
    expectTypeOf<ConstructorParameters<typeof Plain>>().toEqualTypeOf<[options?: undefined]>();
    expectTypeOf<ConstructorParameters<typeof WithOptions>>().toEqualTypeOf<[options: { readonly model: string }]>();
  });

  it('is an Agent of its tasks', () => {
    expectTypeOf<Plain>().toExtend<Agent<Task>>();
    expectTypeOf<WithOptions>().toExtend<Agent<Task>>();
  });
});

describe('function agents', () => {
  it('hand typed arguments over and are agents of their tasks', () => {
    const byPrompt = promptRollout<Task>((task, prompt, context) => {
      expectTypeOf(task).toEqualTypeOf<Task>();
      expectTypeOf(prompt).toEqualTypeOf<PromptTemplate>();
      expectTypeOf(context).toEqualTypeOf<RolloutContext>();
      return 1;
    });
    expectTypeOf(byPrompt).toExtend<Agent<Task>>();
    expectTypeOf(byPrompt).toBeCallableWith({ question: '' }, {} as PromptTemplate, {} as RolloutContext);
    const byModel = llmRollout((_task: Task, llm) => expectTypeOf(llm).toEqualTypeOf<LLM>() as never);
    expectTypeOf(byModel).toExtend<Agent<Task>>();
    const byName = rollout<Task>(({ task, llm, signal }) => {
      expectTypeOf(task).toEqualTypeOf<Task>();
      expectTypeOf(llm).toEqualTypeOf<LLM | undefined>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    });
    expectTypeOf(byName).toExtend<Agent<Task>>();
  });
});

describe('operation', () => {
  it('returns what its function returns', () => {
    expectTypeOf(operation('x', async () => 3)).toEqualTypeOf<Promise<number>>();
    const look = operationOf((day: number, room?: string) => `${day}${room ?? ''}`);
    expectTypeOf(look).parameters.toEqualTypeOf<[day: number, room?: string | undefined]>();
    expectTypeOf(look).returns.toEqualTypeOf<string>();
  });
});
