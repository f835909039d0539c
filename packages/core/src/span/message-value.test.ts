import { describe, expect, it } from 'vitest';
import { getMessageValue } from './message-value.ts';
import { messageDraft } from './span-drafts.ts';

describe('getMessageValue()', () => {
  it('reads what messageDraft() wrote, and answers null without a message', () => {
    expect(getMessageValue({ ...messageDraft('hi'), spanId: 's1' })).toBe('hi');
    expect(getMessageValue({ attributes: {}, spanId: 's1' })).toBeNull();
  });

  it('refuses a message that is not a string', () => {
    expect(() => getMessageValue({ attributes: { 'agentlightning.message.body': 5 }, spanId: 's1' })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
