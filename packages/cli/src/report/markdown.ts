import { visibleLine, visibleText } from '@agentlightning/trainer/runs';

/**
 * Text of others in a line of Markdown, as code: nothing in it is markup, a link, or a name that somebody is told about. In a table as well.
 */
export function codeSpan(text: string): string {
  const line = visibleLine(text).trim();
  if (line === '') return '` `';
  const ticks = '`'.repeat(longestRun(line) + 1);
  // A space keeps ticks at the ends apart; one at each end is taken off again.
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line.replaceAll('|', '\\|')}${pad}${ticks}`;
}

/** Text of others as a block of code, between fences that are longer than any in it. */
export function codeBlock(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${visibleText(text).replace(/\n+$/, '')}\n${fence}`;
}

/** A table; cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
