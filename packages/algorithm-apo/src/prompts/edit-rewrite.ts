import { optimizerPrompt } from './optimizer-prompt.ts';

/** Gives the editor a free hand. Takes the place of upstream's `apply_edit_variant01`. */
export const rewriteEditPrompt = optimizerPrompt(
  'edit-rewrite',
  `You improve prompts for an agent. This is the prompt it works with now:

<prompt>
{prompt_template}
</prompt>

A reviewer has studied how it performs and has this to say:

<critique>
{critique}
</critique>

Write a better prompt that settles everything the reviewer brings up. You may reorder, reword and restructure as you see fit; keep what
the reviewer does not object to in substance. The words in braces are filled in by a program: use each of them, with the same
name and notation, and add no others. Outside of them do not use braces.

Answer with the text of the new prompt alone: no introduction, no explanation, no quotation marks or code fences around it.
`,
);
