import { describe, expect, it } from 'vitest';
import { readRequestFacts } from './request-facts.ts';

describe('readRequestFacts()', () => {
  it.each([
    'Find a room on 2026-03-02 at 14:30 for 45 minutes, 6 attendees. Needs: hdmi. Accessible required: yes',
    'Date: 2026-03-02\nTime: 14:30\nDuration: 45 min\nAttendees: 6\nNeeds: hdmi\naccessible_required: True',
    'We are 6 people and meet on 2026-03-02, 14:30, a 45-minute talk with hdmi (accessibility: required).',
  ])('reads the same facts out of %j', (text) => {
    expect(readRequestFacts(text)).toMatchObject({
      date: '2026-03-02',
      time: '14:30',
      durationMin: 45,
      attendees: 6,
      accessibleRequired: true,
    });
  });

  it('does not have what the text does not say', () => {
    expect(readRequestFacts('Find a room on as given at {time}. Accessible required: as given')).toMatchObject({
      date: undefined,
      time: undefined,
      durationMin: undefined,
      attendees: undefined,
      accessibleRequired: undefined,
    });
  });

  it('reads that accessibility is not needed', () => {
    expect(readRequestFacts('Accessible required: no').accessibleRequired).toBe(false);
    expect(readRequestFacts('Accessible required: False').accessibleRequired).toBe(false);
  });
});
