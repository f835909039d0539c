import { optimizerPrompt } from './optimizer-prompt.ts';

/** Allows the editor the smallest change only. Takes the place of upstream's `apply_edit_variant02`. */
export const conservativeEditPrompt = optimizerPrompt(
  'edit-conservative',
  `Make a conservative edit to this prompt:

<prompt>
{prompt_template}
</prompt>

The edit answers this critique:

<critique>
{critique}
</critique>

Take up the most important point of the critique and make the smallest change that settles it: add a sentence, or sharpen one that is
there. Leave every other line, the order and the tone as they are. Words in braces are filled in by a program; each must appear
as before, without new ones beside them, and there must be no further braces.

Give back the complete edited prompt and nothing else: no comments, no markers, no code fences.
`,
);
