import { optimizerPrompt } from './optimizer-prompt.ts';

/** Asks for the two or three things that matter most in the failures. Takes the place of upstream's `text_gradient_variant03`. */
export const conciseGradientPrompt = optimizerPrompt(
  'gradient-concise',
  `Prompt under test, with braces around what is filled in per task:

<prompt>
{prompt_template}
</prompt>

Runs made with it, as JSON (status, reward with higher being better, feedback, messages):

{experiments}

Look at the failures only: runs that ended badly or earned little. What are the two or three most important things this prompt must say
differently to avoid them? Answer with a short list, most important first, each point in the form of an instruction to the agent.
Points must hold for tasks that are not shown here. No praise, no summary, no rewritten prompt.
`,
);
