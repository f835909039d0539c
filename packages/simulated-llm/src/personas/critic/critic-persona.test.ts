import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../chat/chat-request.ts';
import { readSentence } from '../skill-lexicon.ts';
import { type Skill, skills } from '../skills.ts';
import { createCriticPersona, distractorRate, missRate } from './critic-persona.ts';
import { uselessAdvice } from './critique-wordings.ts';

const room = (id: string, capacity: number, distance: number, rest: object = {}) => ({
  id,
  capacity,
  equipment: ['hdmi'],
  accessible: true,
  distance_m: distance,
  free: true,
  ...rest,
});

/** A failed experiment with this answer, from these rooms. */
const failure = (answer: string, rooms: readonly object[]) => ({
  status: 'succeeded',
  reward: 0,
  feedback: null,
  messages: [
    {
      role: 'user',
      content: 'Find a room on 2026-03-02 at 14:00 for 60 minutes, 5 attendees. Needs: hdmi. Accessible required: yes',
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'get', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c', content: JSON.stringify({ rooms }) },
    { role: 'assistant', content: answer },
  ],
});

const request = (experiments: readonly object[], note = '') =>
  parseChatRequest({
    model: 'critic',
    messages: [
      {
        role: 'user',
        content: `Improve it.${note}\n<prompt>\nFind a room.\n</prompt>\n${experiments
          .map((experiment) => `<experiment>\n${JSON.stringify(experiment)}\n</experiment>`)
          .join('\n')}`,
      },
    ],
  });

function critique(experiments: readonly object[], key: string, speech?: 'distractors' | 'silent'): string {
  const persona = createCriticPersona('critic', speech === undefined ? {} : { speech });
  return persona.reply({ request: request(experiments), seed: 0, key }).text ?? '';
}

/** Rules named in critiques of the experiment under many keys, and the share of the critiques that name each. */
function named(experiment: object): Map<Skill, number> {
  const counts = new Map<Skill, number>();
  const keys = Array.from({ length: 200 }, (_, index) => `key ${index}`);
  for (const key of keys) {
    const lines = critique([experiment], key).split('\n').slice(1);
    for (const skill of new Set(lines.flatMap((line) => readSentence(line).skills))) {
      counts.set(skill, (counts.get(skill) ?? 0) + 1 / keys.length);
    }
  }
  return counts;
}

describe('the critic persona', () => {
  it.each<[Skill, string, object[]]>([
    ['free', 'Atlas', [room('Atlas', 6, 10, { free: false }), room('Birch', 6, 20)]],
    ['capacity', 'Atlas', [room('Atlas', 4, 10), room('Birch', 6, 20)]],
    ['equipment', 'Atlas', [room('Atlas', 6, 10, { equipment: [] }), room('Birch', 6, 20)]],
    ['accessibility', 'Atlas', [room('Atlas', 6, 10, { accessible: false }), room('Birch', 6, 20)]],
    ['smallest', 'Atlas', [room('Atlas', 8, 10), room('Birch', 6, 20)]],
    ['nearest', 'Atlas', [room('Atlas', 6, 30), room('Birch', 6, 20)]],
    ['format', 'I would take Birch.', [room('Atlas', 8, 30), room('Birch', 6, 20)]],
  ])('sees from the trace that %s was not heeded, and misses it at the stated rate', (skill, answer, rooms) => {
    const rules = named(failure(answer, rooms));
    expect([...rules.keys()]).toEqual([skill]);
    expect(rules.get(skill)).toBeGreaterThan(1 - missRate - 0.07);
    expect(rules.get(skill)).toBeLessThan(1 - missRate + 0.07);
  });

  it('sees that there was no room to choose', () => {
    const rules = named(failure('Atlas', [room('Atlas', 6, 10, { free: false })]));
    expect([...rules.keys()].sort()).toEqual(['free', 'noRoom']);
  });

  it('believes the room that the feedback expects', () => {
    const rooms = [room('Atlas', 8, 10), room('Birch', 6, 20)];
    const experiment = { ...failure('Atlas', rooms), feedback: 'expected No Room, got Atlas' };
    expect([...named(experiment).keys()]).toEqual(['noRoom']);
  });

  it('adds a suggestion that does not help at the stated rate', () => {
    const bad = failure('Atlas', [room('Atlas', 6, 30), room('Birch', 6, 20)]);
    const keys = Array.from({ length: 400 }, (_, index) => `key ${index}`);
    const distracted = keys.filter((key) =>
      critique([bad], key)
        .split('\n')
        .slice(1)
        .some((line) => readSentence(line).skills.length === 0),
    );
    expect(distracted.length / keys.length).toBeGreaterThan(distractorRate - 0.06);
    expect(distracted.length / keys.length).toBeLessThan(distractorRate + 0.06);
  });

  it('names three rules at most, in more than one wording', () => {
    const bad = failure('I think Atlas', [
      room('Atlas', 4, 10, { free: false, accessible: false, equipment: [] }),
      room('Birch', 6, 20),
    ]);
    const critiques = Array.from({ length: 40 }, (_, index) => critique([bad], `key ${index}`));
    for (const text of critiques) {
      const rules = text
        .split('\n')
        .slice(1)
        .flatMap((line) => readSentence(line).skills);
      expect(rules.length).toBeLessThanOrEqual(3);
    }
    expect(new Set(critiques).size).toBeGreaterThan(10);
  });

  it('has only generic advice when nothing failed', () => {
    const success = { ...failure('Birch', [room('Birch', 6, 20)]), reward: 1 };
    for (let index = 0; index < 20; index++) {
      expect(critique([success], `key ${index}`)).not.toContain('- ');
      expect(readSentence(critique([success], `key ${index}`)).skills).toEqual([]);
    }
  });

  it('reads experiments that stand in the text without tags', () => {
    const bad = failure('Atlas', [room('Atlas', 6, 30), room('Birch', 6, 20)]);
    const content = `Here is what happened:\n${JSON.stringify(bad, undefined, 2)}\nThe end.`;
    const text = createCriticPersona('critic', {}).reply({
      request: parseChatRequest({ model: 'critic', messages: [{ role: 'user', content }] }),
      seed: 0,
      key: 'k',
    }).text;
    expect(text?.split('\n').flatMap((line) => readSentence(line).skills)).toEqual(['nearest']);
  });

  it('passes over experiments that are cut off or hold nothing to go by', () => {
    const content =
      '<experiment>\n{"status":"succeeded","rew\n</experiment>\n<experiment>\n{"reward":0,"messages":[]}\n</experiment>';
    const text = createCriticPersona('critic', {}).reply({
      request: parseChatRequest({ model: 'critic', messages: [{ role: 'user', content }] }),
      seed: 0,
      key: 'k',
    }).text;
    expect(text?.split('\n').flatMap((line) => readSentence(line).skills)).toEqual([]);
  });

  it('names distractors alone as the distractor control, and nothing as the silent one', () => {
    const bad = failure('Atlas', [room('Atlas', 4, 10, { free: false })]);
    for (let index = 0; index < 50; index++) {
      const lines = critique([bad], `key ${index}`, 'distractors').split('\n').slice(1);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.flatMap((line) => readSentence(line).skills)).toEqual([]);
    }
    expect(critique([bad], 'key', 'silent')).toBe('');
  });

  it('gives useless advice that is none of the rules', () => {
    expect(uselessAdvice.flatMap((advice) => readSentence(advice).skills)).toEqual([]);
    expect(skills.length).toBe(8);
  });
});
