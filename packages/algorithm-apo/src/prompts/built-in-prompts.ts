import { conservativeEditPrompt } from './edit-conservative.ts';
import { rewriteEditPrompt } from './edit-rewrite.ts';
import { conciseGradientPrompt } from './gradient-concise.ts';
import { detailedGradientPrompt } from './gradient-detailed.ts';
import { generalGradientPrompt } from './gradient-general.ts';
import type { OptimizerPrompt } from './optimizer-prompt.ts';

/** The critic is asked with one of these, drawn for each branch. */
export const gradientPrompts: readonly OptimizerPrompt[] = [
  generalGradientPrompt,
  detailedGradientPrompt,
  conciseGradientPrompt,
];

/** The editor is asked with one of these, drawn for each branch. */
export const editPrompts: readonly OptimizerPrompt[] = [rewriteEditPrompt, conservativeEditPrompt];
