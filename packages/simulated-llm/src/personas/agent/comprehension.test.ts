import { describe, expect, it } from 'vitest';
import { comprehend } from './comprehension.ts';

const prompt = (date: string, needs: string) =>
  `Find a room on ${date} at 14:00 for 60 minutes, 5 attendees. Needs: ${needs}. Accessible required: yes`;

describe('comprehend()', () => {
  it('finds no rule in a request that only gives values', () => {
    const values = `${prompt('2026-03-02', 'hdmi')}\nDuration: 60 min\naccessible_required: true`;
    expect(Object.values(comprehend(values).strength)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('takes the strongest of several sentences on a rule, and hears bad rules too', () => {
    const read = comprehend(
      'Accessibility is nice.\nIf accessibility is required it must be honoured.\nChoose the largest room.',
    );
    expect(read.strength.accessibility).toBe(2);
    expect([...read.badRules]).toEqual(['largest']);
  });

  it('knows two tasks to have the same prompt', () => {
    const wordings = [prompt('2026-03-02', 'hdmi'), prompt('2026-12-31', 'none')].map(
      (text) => comprehend(text).wording,
    );
    expect(wordings[0]).toBe(wordings[1]);
    expect(comprehend(`${prompt('2026-03-02', 'hdmi')}\nThink.`).wording).not.toBe(wordings[0]);
  });
});
