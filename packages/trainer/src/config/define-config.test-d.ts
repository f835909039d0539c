import {
  type Algorithm,
  type AlgorithmContext,
  algorithm,
  type NamedResources,
  PromptTemplate,
} from '@agentlightning/core';
import { LitAgent } from '@agentlightning/runner';
import { describe, expectTypeOf, it } from 'vitest';
import { defineConfig, type RunConfig } from './define-config.ts';

interface Task {
  readonly question: string;
}

class QuestionAgent extends LitAgent<Task> {
  override async rollout(task: Task, _resources: NamedResources): Promise<number> {
    return task.question.length;
  }
}

/** As APO is: of any task unless it is told, and with options of its own. */
declare class Search<TTask = unknown> implements Pick<Algorithm<TTask, string>, 'run'> {
  run(context: AlgorithmContext<TTask>): Promise<string>;
}
declare function search<TTask = unknown>(): Algorithm<TTask, string> & Search<TTask>;

const initialResources = { prompt: new PromptTemplate({ template: '{question}' }) };

describe('defineConfig()', () => {
  it('takes the type of tasks from the agent', () => {
    const config = defineConfig({
      agent: new QuestionAgent(),
      algorithm: search(),
      initialResources,
      trainDataset: [{ question: 'Why?' }],
      valDataset: 'tasks/val.jsonl',
    });
    expectTypeOf(config).toEqualTypeOf<RunConfig<Task, string>>();
  });

  it('does so of what a function makes, at once or later', () => {
    const made = defineConfig(() => ({ agent: new QuestionAgent(), algorithm: search(), trainDataset: 'a.jsonl' }));
    expectTypeOf(made).returns.toEqualTypeOf<RunConfig<Task, string> | Promise<RunConfig<Task, string>>>();
    const later = defineConfig(async () => ({
      agent: new QuestionAgent(),
      algorithm: search<Task>(),
      trainDataset: [{ question: 'Why?' }],
      close: async () => {},
    }));
    expectTypeOf(later).returns.toEqualTypeOf<RunConfig<Task, string> | Promise<RunConfig<Task, string>>>();
  });

  it('refuses tasks that are not those of the agent, and an algorithm for others', () => {
    // @ts-expect-error the agent asks for a question
    defineConfig({ agent: new QuestionAgent(), algorithm: search(), trainDataset: [{ answer: 'Because.' }] });
    const forNumbers = algorithm(async (context: AlgorithmContext<number>) => context.trainDataset[0]!);
    // @ts-expect-error the algorithm is for numbers
    defineConfig({ agent: new QuestionAgent(), algorithm: forNumbers, trainDataset: 'a.jsonl' });
  });

  it('refuses fields that there are not', () => {
    // @ts-expect-error it is nRunners
    defineConfig({ agent: new QuestionAgent(), algorithm: search(), nRunner: 3 });
    // @ts-expect-error agl listens to signals itself
    defineConfig({ agent: new QuestionAgent(), algorithm: search(), handleSignals: false });
  });
});
