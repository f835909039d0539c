import { pick, uniform } from '../../deterministic-random.ts';
import { preambles, strayBraces } from './edit-wordings.ts';
import { placeholder } from './placeholder.ts';

/** Ways in which an editor damages the prompt that it hands back. */
const damages = ['preamble', 'code-fence', 'lost-placeholder', 'stray-braces', 'lost-rule'] as const;

/**
 * Damages a prompt at the given rate, in one way.
 * @param rate γ, 0 to 1
 * @param key of the request: which ones are damaged, and how, is a function of it
 */
export function damagePrompt(prompt: string, rate: number, key: string): string {
  if (uniform('damage', key) >= rate) return prompt;
  const damage = pick(damages, 'kind of damage', key);
  switch (damage) {
    case 'preamble':
      return `${pick(preambles, 'preamble', key)}\n\n${prompt}`;
    case 'code-fence':
      return `\`\`\`\n${prompt}\n\`\`\``;
    case 'lost-placeholder':
      return losePlaceholder(prompt, key);
    case 'stray-braces':
      return `${prompt}\n${pick(strayBraces, 'braces', key)}`;
    case 'lost-rule':
      return loseRule(prompt, key);
    default:
      return damage satisfies never;
  }
}

function losePlaceholder(prompt: string, key: string): string {
  const found = [...prompt.matchAll(placeholder)];
  if (found.length === 0) return prompt;
  const lost = pick(found, 'placeholder', key);
  return `${prompt.slice(0, lost.index)}as given${prompt.slice(lost.index + lost[0].length)}`;
}

/** Drops a line that is not the first and holds no placeholder. */
function loseRule(prompt: string, key: string): string {
  const lines = prompt.split('\n');
  const rules = lines.filter((line, index) => index > 0 && line.trim() !== '' && line.search(placeholder) < 0);
  if (rules.length === 0) return prompt;
  const lost = pick(rules, 'rule', key);
  return lines.filter((line) => line !== lost).join('\n');
}
