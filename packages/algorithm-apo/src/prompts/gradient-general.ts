import { optimizerPrompt } from './optimizer-prompt.ts';

/** Asks for the causes behind good and bad results alike. Takes the place of upstream's `text_gradient_variant01`. */
export const generalGradientPrompt = optimizerPrompt(
  'gradient-general',
  `You review prompts. An agent works with the prompt below; words in braces are filled in for each task.

<prompt>
{prompt_template}
</prompt>

Here is what the agent did with it. Each experiment is a JSON object: how the run ended, the reward it got (higher is better, null
means that it got none), what the grader said, and the conversation with the model in order.

{experiments}

Compare the runs that went well with those that did not, and find out what in the wording of the prompt led to the difference: rules
that it does not state, instructions that can be read in two ways, demands that contradict each other, or an answer format that it
leaves open. Judge the prompt, not the agent.

Write a critique that somebody who has not seen these runs can act on. Name the causes in order of importance, as a list. Give for
each the instruction that would have prevented the mistake. Stay general: never mention the data of a particular task, and do not
write the new prompt yourself.
`,
);
