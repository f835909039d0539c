import type { RoomTask } from './room-task.ts';

/**
 * Grades an answer by exact match: 1 if it is the expected choice and nothing else, otherwise 0.
 *
 * The answer is the text's last non-empty line, with a label before it (`final_choice:`, `answer:`, `room:`, `choice:`) taken off, and
 * then quotes, asterisks and a full stop at its end. Upper and lower case are the same. Without a label the text must have no other
 * line. Anything else, a right choice inside a sentence included, is 0: who asks a program wants an answer that a program can read.
 */
export function gradeRoomChoice(task: Pick<RoomTask, 'expectedChoice'>, answerText: string): 0 | 1 {
  return parseRoomChoice(answerText)?.toLowerCase() === task.expectedChoice.toLowerCase() ? 1 : 0;
}

/** The choice that an answer states in the format of {@link gradeRoomChoice}; `undefined` when it does not keep to it. */
export function parseRoomChoice(answerText: string): string | undefined {
  const lines = answerText
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const labelled = /^[*_]*(?:final[ _]choice|answer|room|choice)[*_]*\s*[:=]\s*(.+)$/i.exec(last)?.[1];
  if (labelled === undefined && lines.length > 1) return undefined;
  const choice = (labelled ?? last).replace(/^["'*`]+|["'*`.]+$/g, '').trim();
  return choice === '' ? undefined : choice;
}
