import { optimizerPrompt } from './optimizer-prompt.ts';

/** Asks to follow single runs step by step; sees the agent's operations too. Takes the place of upstream's `text_gradient_variant02`. */
export const detailedGradientPrompt = optimizerPrompt(
  'gradient-detailed',
  `Below is a prompt that an agent uses, followed by full records of runs made with it. Words in braces stand for the data of a task.

<prompt>
{prompt_template}
</prompt>

A record is a JSON object with the status of the run, its reward (higher is better, null for none), the grader's remarks, the messages
exchanged with the model, and where known the operations of the agent between them. Long texts are cut in the middle.

{experiments}

Go through each run that earned less than it could have, from its first message to its last, and find the point where it left the right
path. Ask what the agent knew at this point, what the prompt told it to do with that knowledge, and what it should have told it.

Then put together what you found:
- state every rule the agent broke or guessed because the prompt does not contain it, as an instruction that could be added;
- say which existing instruction was ignored or misread, and why its wording allowed that;
- say what the prompt must keep, because the successful runs depend on it.

Speak about the prompt in general terms, without the data of any task, and leave the rewriting to somebody else.
`,
  { showsOperations: true },
);
