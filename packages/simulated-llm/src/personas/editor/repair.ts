import { placeholder } from './placeholder.ts';

/**
 * Undoes what is wrong with an edited prompt, going by the prompt that it came from: a code fence and a preamble are taken off, lost
 * placeholders are put back where they stood, and lines with other braces go. The rest stays as it is.
 */
export function repairPrompt(original: string, edited: string): string {
  const text = withoutPreamble(withoutFence(edited), original);
  return original.split('\n').reduce(restoreLine, withoutStrayBraces(text, original));
}

function withoutFence(text: string): string {
  return /^```\w*\n([\s\S]*?)\n?```\s*$/.exec(text.trim())?.[1] ?? text;
}

/** A first line that announces something, followed by an empty one, and that the original does not have. */
function withoutPreamble(text: string, original: string): string {
  const announced = /^([^\n]*:)\n\s*\n([\s\S]*)$/.exec(text);
  return announced === null || original.includes(announced[1] ?? '') ? text : (announced[2] ?? '');
}

function withoutStrayBraces(text: string, original: string): string {
  const known = new Set(original.match(placeholder));
  const isClean = (line: string) => !/[{}]/.test(line.replace(placeholder, (found) => (known.has(found) ? '' : found)));
  return text.split('\n').filter(isClean).join('\n');
}

/** Puts a line of the original back where one stands that differs in its placeholders alone. */
function restoreLine(text: string, line: string): string {
  if (line.search(placeholder) < 0 || text.includes(line)) return text;
  const pattern = line.split(placeholder).map(escapePattern).join('.{1,60}?');
  return text.replace(new RegExp(`^${pattern}$`, 'm'), () => line);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
