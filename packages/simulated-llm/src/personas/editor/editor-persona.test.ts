import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../chat/chat-request.ts';
import { comprehend } from '../agent/comprehension.ts';
import { createEditorPersona, defaultDamageRate } from './editor-persona.ts';

const prompt = 'Find a room on {date} at {time}.\nNeeds: {needs}';
const critique = `2 of 4 runs went wrong:
- Require that the capacity of the room covers all attendees.
- State how ties are broken: of rooms with equal capacity, pick the nearest.
- Remind the agent to stay {calm}.`;

function edit(key: string, { wish = 'Improve the prompt.', of = prompt, by = critique, damageRate = 0 } = {}): string {
  const content = `${wish}\n<prompt>\n${of}\n</prompt>\n<critique>\n${by}\n</critique>`;
  const request = parseChatRequest({ model: 'editor', messages: [{ role: 'user', content }] });
  return createEditorPersona('editor', { damageRate }).reply({ request, seed: 0, key }).text ?? '';
}

describe('the editor persona', () => {
  it('answers with the prompt in which each point of the critique is stated, and takes other advice over without its braces', () => {
    const edited = edit('key 1');
    expect(edited.startsWith(`${prompt}\n`)).toBe(true);
    const { strength } = comprehend(edited);
    expect(strength.capacity).toBeGreaterThan(0);
    expect(strength.nearest).toBeGreaterThan(0);
    expect(strength.smallest).toBe(0);
    expect(edited).toContain('Remind the agent to stay calm.');
  });

  it('uses other words for another request', () => {
    expect(new Set(Array.from({ length: 30 }, (_, index) => edit(`key ${index}`))).size).toBeGreaterThan(4);
    expect(edit('key 1')).toBe(edit('key 1'));
  });

  it('states the first point only when asked for a small change', () => {
    const { strength } = comprehend(edit('key 1', { wish: 'Be conservative: make one change.' }));
    expect(strength.capacity).toBeGreaterThan(0);
    expect(strength.nearest).toBe(0);
  });

  it.each([
    ['# Prompt Template', '# Critique', 'Revise it.', 'both'],
    ['### PROMPT', '### CRITIQUE', 'Address the single worst issue.', 'capacity'],
  ])('reads a prompt and a critique under the headings %s and %s', (ofPrompt, ofCritique, wish, stated) => {
    const of = `${prompt}\n\n# Rules\nTake the smallest room.`;
    const request = parseChatRequest({
      model: 'editor',
      messages: [
        { role: 'system', content: `${wish}\n\n# Output Format\n\nReturn the prompt.` },
        { role: 'user', content: `${ofPrompt}\n\n${of}\n\n${ofCritique}\n\n${critique}` },
      ],
    });
    const edited = createEditorPersona('editor', { damageRate: 0 }).reply({ request, seed: 0, key: 'k' }).text ?? '';
    expect(edited.startsWith(`${of}\n`)).toBe(true);
    expect(edited).not.toContain('ritique');
    const { strength } = comprehend(edited);
    expect([strength.capacity > 0, strength.nearest > 0]).toEqual([true, stated === 'both']);
  });

  it('rewords a rule that the prompt states already', () => {
    const of = `${prompt}\nCapacity matters for the number of people.`;
    const edited = edit('key 1', { of, by: '- Require that the capacity of the room covers all attendees.' });
    expect(edited.split('\n')).toHaveLength(3);
  });

  it('takes the points from the sentences of a critique without a list', () => {
    const by = 'It went badly. Require that the capacity of the room covers all attendees. That is all.';
    expect(edit('key 1', { by }).split('\n')).toHaveLength(3);
  });

  it('hands the prompt back when the critique has no point', () => {
    expect(edit('key 1', { by: '' })).toBe(prompt);
  });

  it('damages few of its edits by default', () => {
    const keys = Array.from({ length: 400 }, (_, index) => `key ${index}`);
    const damaged = keys.filter((key) => edit(key, { damageRate: defaultDamageRate }) !== edit(key));
    expect(damaged.length / keys.length).toBeGreaterThan(defaultDamageRate - 0.05);
    expect(damaged.length / keys.length).toBeLessThan(defaultDamageRate + 0.05);
  });

  it('damages the stated share of its edits, in each of the ways', () => {
    const keys = Array.from({ length: 400 }, (_, index) => `key ${index}`);
    const damaged = keys.filter((key) => edit(key, { damageRate: 0.4 }) !== edit(key));
    expect(damaged.length / keys.length).toBeGreaterThan(0.32);
    expect(damaged.length / keys.length).toBeLessThan(0.48);
    const texts = damaged.map((key) => edit(key, { damageRate: 0.4 }));
    expect(texts.some((text) => text.startsWith('```'))).toBe(true);
    expect(texts.some((text) => /^[^\n]*prompt:\n\n/i.test(text))).toBe(true);
    expect(texts.some((text) => !text.includes('{date}'))).toBe(true);
    expect(texts.some((text) => /\{ ?"?room/.test(text))).toBe(true);
    expect(texts.some((text) => comprehend(text).strength.capacity === 0)).toBe(true);
  });

  it('repairs its answer when told in the same conversation that it cannot be used', () => {
    for (let index = 0; index < 100; index++) {
      const asked = {
        role: 'user',
        content: `Improve.\n<prompt>\n${prompt}\n</prompt>\n<critique>\n${critique}\n</critique>`,
      };
      const reply = (messages: object[], damageRate: number, key: string) =>
        createEditorPersona('editor', { damageRate }).reply({
          request: parseChatRequest({ model: 'editor', messages }),
          seed: 0,
          key,
        }).text ?? '';
      const damaged = reply([asked], 1, `key ${index}`);
      const complaint = { role: 'user', content: 'This cannot be used, correct it.' };
      const repaired = reply([asked, { role: 'assistant', content: damaged }, complaint], 0, 'another');
      expect(repaired.startsWith(`${prompt}\n`), damaged).toBe(true);
      expect(repaired.replace(/\{(?:date|time|needs)\}/g, '')).not.toMatch(/[{}`]/);
    }
  });
});
