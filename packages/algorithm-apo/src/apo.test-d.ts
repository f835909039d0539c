import type { Algorithm, PromptTemplate } from '@agentlightning/core';
import { OpenAI } from 'openai';
import { describe, expectTypeOf, it } from 'vitest';
import { APO, type ApoResult } from './index.ts';

interface Task {
  readonly id: number;
}

describe('APO', () => {
  it('is an algorithm for its tasks, with a typed result', () => {
    const algorithm = new APO<Task>(new OpenAI({ apiKey: 'k' }));
    expectTypeOf(algorithm).toExtend<Algorithm<Task, ApoResult>>();
    expectTypeOf<Awaited<ReturnType<APO<Task>['run']>>>().toEqualTypeOf<ApoResult>();
    expectTypeOf(algorithm.getBestPrompt()).toEqualTypeOf<PromptTemplate>();
    expectTypeOf(algorithm.bestScore).toEqualTypeOf<number | null>();
  });

  it('takes a client or its options', () => {
    expectTypeOf(APO<Task>).toBeConstructibleWith({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' }, { beamWidth: 2 });
    // @ts-expect-error there is no such option
    new APO<Task>({ apiKey: 'k' }, { beamwidth: 2 });
  });
});
