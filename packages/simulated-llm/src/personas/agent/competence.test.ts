import { describe, expect, it } from 'vitest';
import { ruleWordings } from '../editor/edit-wordings.ts';
import { skills } from '../skills.ts';
import { agentLevels, agentProfiles } from './agent-profile.ts';
import { probabilityOfApplying } from './competence.ts';
import { comprehend } from './comprehension.ts';

const prompt = 'Find a room on 2026-03-02 at 14:00 for 60 minutes, 5 attendees. Needs: hdmi. Accessible required: no';
const quiet = { seed: 0, temperature: 0, key: '' };
const tasks = Array.from({ length: 200 }, (_, index) => `task ${index}`);

describe('probabilityOfApplying()', () => {
  it.each(agentLevels)('is never lower in the %s model with an order added that states the skill', (level) => {
    const profile = agentProfiles[level];
    const before = comprehend(prompt);
    for (const skill of skills) {
      for (const order of ruleWordings[skill].slice(0, -1)) {
        const after = comprehend(`${prompt}\n${order}`);
        for (const task of tasks) {
          const [low, high] = [before, after].map((read) => probabilityOfApplying(skill, task, read, profile, quiet));
          expect(high, order).toBeGreaterThanOrEqual(low as number);
        }
      }
    }
  });

  it('rises with each strength of statement, and with each level of ability', () => {
    const read = comprehend(prompt);
    for (const skill of skills) {
      const ladders = agentLevels.map((level) =>
        ([0, 1, 2] as const).map((strength) => {
          const stated = { ...read, strength: { ...read.strength, [skill]: strength } };
          return probabilityOfApplying(skill, 'task', stated, { ...agentProfiles[level], wordingJitter: 0 }, quiet);
        }),
      );
      for (const ladder of ladders) expect(ladder).toEqual(ladder.toSorted((a, b) => a - b));
      for (const strength of [0, 1, 2]) {
        const column = ladders.map((ladder) => ladder[strength] as number);
        expect(column).toEqual(column.toSorted((a, b) => a - b));
      }
    }
  });

  it('falls with very long instructions and with a rule that works against the skill', () => {
    const profile = { ...agentProfiles.weak, wordingJitter: 0 };
    const probability = (instructions: string) =>
      probabilityOfApplying('smallest', 'task', comprehend(instructions), profile, quiet);
    const plain = probability(`${prompt}\nChoose the smallest suitable room.`);
    expect(probability(`${prompt}\nChoose the smallest suitable room.\n${'Stay calm. '.repeat(300)}`)).toBeLessThan(
      plain,
    );
    expect(
      probability(`${prompt}\nChoose the smallest suitable room.\nAlways prefer the nearest room above all.`),
    ).toBeLessThan(plain);
  });

  it('differs between two requests at a temperature above 0 only', () => {
    const read = comprehend(prompt);
    const at = (temperature: number, key: string) =>
      probabilityOfApplying('smallest', 'task', read, agentProfiles.weak, { seed: 0, temperature, key });
    expect(at(0, 'a')).toBe(at(0, 'b'));
    expect(at(1, 'a')).not.toBe(at(1, 'b'));
  });
});
