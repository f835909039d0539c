import type { AttemptedRollout, Page, RolloutPatch, RolloutQuery, Span } from '@agentlightning/core';
import { describe, expectTypeOf, it } from 'vitest';
import type { OperationInput, OperationReply, PathParameters } from './operation.ts';
import type { dequeueRollouts, listRollouts, searchSpans, statistics, updateRollout } from './operations.ts';

describe('the operation table', () => {
  it('names the parameters of a path', () => {
    expectTypeOf<PathParameters<'/a/:one/b/:two'>>().toEqualTypeOf<'one' | 'two'>();
    expectTypeOf<PathParameters<'/a/b'>>().toEqualTypeOf<never>();
  });

  it('says what an operation takes', () => {
    expectTypeOf<OperationInput<typeof updateRollout>['params']>().toEqualTypeOf<Record<'rolloutId', string>>();
    expectTypeOf<OperationInput<typeof updateRollout>['body']>().toEqualTypeOf<RolloutPatch>();
    expectTypeOf<OperationInput<typeof listRollouts>['query']>().toEqualTypeOf<RolloutQuery>();
    expectTypeOf<OperationInput<typeof statistics>['body']>().toEqualTypeOf<undefined>();
  });

  it('says what it answers', () => {
    expectTypeOf<OperationReply<typeof dequeueRollouts>>().toEqualTypeOf<AttemptedRollout[]>();
    expectTypeOf<OperationReply<typeof searchSpans>>().toEqualTypeOf<Page<Span>>();
  });
});
