import { isRecord } from '../../json-record.ts';
import { delimitedBlocks } from '../delimited-blocks.ts';

/** A rollout as a critique request shows it. */
export interface Experiment {
  readonly succeeded: boolean;
  readonly reward: number | null;
  readonly feedback: string;
  readonly messages: readonly ExperimentMessage[];
}

/** A message of the rollout's conversation. */
interface ExperimentMessage {
  readonly role: string;
  readonly content: string;
}

/**
 * The rollouts in the text of a critique request: each JSON object between `<experiment>` and `</experiment>`, and, where there is no
 * such block, each JSON object or list of them in the text that has a reward or messages. What is no JSON is passed over.
 */
export function findExperiments(text: string): Experiment[] {
  const blocks = delimitedBlocks(text, 'experiment');
  const values = blocks.length > 0 ? blocks.map(parseJson) : jsonValuesIn(text);
  return values
    .flat()
    .filter(isRecord)
    .filter((value) => 'reward' in value || 'messages' in value)
    .map(readExperiment);
}

function readExperiment(value: Record<string, unknown>): Experiment {
  const messages: unknown[] = Array.isArray(value['messages']) ? value['messages'] : [];
  return {
    succeeded: (value['status'] ?? 'succeeded') === 'succeeded',
    reward: typeof value['reward'] === 'number' ? value['reward'] : null,
    feedback: typeof value['feedback'] === 'string' ? value['feedback'] : '',
    messages: messages.filter(isRecord).map((message) => ({
      role: typeof message['role'] === 'string' ? message['role'] : '',
      content: contentText(message['content']),
    })),
  };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The outermost JSON objects and lists in a text, found by their brackets at the start of a line. */
function jsonValuesIn(text: string): unknown[] {
  const values: unknown[] = [];
  for (let start = 0; start < text.length; start++) {
    const atLineStart = start === 0 || text[start - 1] === '\n';
    if (!atLineStart || (text[start] !== '{' && text[start] !== '[')) continue;
    const end = endOfJson(text, start);
    const value = parseJson(text.slice(start, end));
    if (value === undefined) continue;
    values.push(value);
    start = end - 1;
  }
  return values;
}

/** Where the brackets opened at `start` are closed, brackets inside strings aside. */
function endOfJson(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return index + 1;
  }
  return text.length;
}
