import { describe, expect, it } from 'vitest';
import { editPrompts, gradientPrompts } from './built-in-prompts.ts';
import { EDIT_VARIABLES, GRADIENT_VARIABLES } from './optimizer-prompt.ts';
import { repairRequest } from './repair-request.ts';

describe('the texts for critic and editor', () => {
  it.each(gradientPrompts.map((prompt) => [prompt.name, prompt] as const))(
    '%s shows the prompt and the experiments',
    (_name, prompt) => {
      expect(prompt.template.placeholders().toSorted()).toEqual([...GRADIENT_VARIABLES].toSorted());
      const text = prompt.template.format({
        prompt_template: 'Find {room}',
        experiments: '<experiment>\n{}\n</experiment>',
      });
      expect(text).toContain('\n<prompt>\nFind {room}\n</prompt>\n');
      expect(text).toContain('\n<experiment>\n{}\n</experiment>\n');
      // A reader that looks for the blocks must find these alone.
      expect(text.match(/<\/?(prompt|experiment|critique)>/g)).toHaveLength(4);
    },
  );

  it.each(editPrompts.map((prompt) => [prompt.name, prompt] as const))(
    '%s shows the prompt and the critique',
    (_name, prompt) => {
      expect(prompt.template.placeholders().toSorted()).toEqual([...EDIT_VARIABLES].toSorted());
      const text = prompt.template.format({ prompt_template: 'Find {room}', critique: '- Say more' });
      expect(text).toContain('\n<prompt>\nFind {room}\n</prompt>\n');
      expect(text).toContain('\n<critique>\n- Say more\n</critique>\n');
      expect(text.match(/<\/?(prompt|experiment|critique)>/g)).toHaveLength(4);
    },
  );

  it('have names and ids of their own', () => {
    const all = [...gradientPrompts, ...editPrompts];
    expect(new Set(all.map(({ id }) => id)).size).toBe(5);
    expect(gradientPrompts.filter(({ showsOperations }) => showsOperations).map(({ name }) => name)).toEqual([
      'gradient-detailed',
    ]);
  });
});

describe('repairRequest()', () => {
  it('lists what is wrong', () => {
    expect(repairRequest(['one', 'two'])).toContain('- one\n- two\n');
  });
});
