import { describe, expect, it } from 'vitest';
import { newAttemptId, newClaimId, newResourcesId, newRolloutId, newSpanId, newTraceId } from './ids.ts';

describe('new ids', () => {
  it.each([
    ['rollout', newRolloutId, /^ro-[0-9a-f]{12}$/],
    ['attempt', newAttemptId, /^at-[0-9a-f]{16}$/],
    ['claim', newClaimId, /^cl-[0-9a-f]{16}$/],
    ['resources', newResourcesId, /^rs-[0-9a-f]{12}$/],
    ['trace', newTraceId, /^[0-9a-f]{32}$/],
    ['span', newSpanId, /^[0-9a-f]{16}$/],
  ])('%s ids have their form and do not repeat', (_, make, form) => {
    const ids = Array.from({ length: 2_000 }, make);
    for (const id of ids) expect(id).toMatch(form);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
