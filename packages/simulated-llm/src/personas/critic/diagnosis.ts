import { readRequestFacts } from '../agent/request-facts.ts';
import { hardRules, hardSkills, type Wants, wantsOf } from '../agent/room-decision.ts';
import { parseRoomTable, type RoomRow } from '../agent/room-table.ts';
import type { Skill } from '../skills.ts';
import type { Experiment } from './experiments.ts';

/** A reward below this is a failure that asks for a reason. */
const successReward = 0.5;

/** Whether the experiment did not go well: it did not succeed, has no reward, or a low one. */
export function isFailure({ succeeded, reward }: Experiment): boolean {
  return !succeeded || reward === null || reward < successReward;
}

/**
 * The rules that a failed rollout broke, judged by what its trace shows: the request, the tool's answer, the final answer and, if the
 * grader's feedback names a room, that room. Empty when the trace shows nothing wrong, or cannot be read.
 */
export function brokenRules(experiment: Experiment): Skill[] {
  const answer = experiment.messages.findLast(({ role, content }) => role === 'assistant' && content !== '')?.content;
  const rows = experiment.messages
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => parseRoomTable(content))
    .findLast((table) => table !== undefined);
  if (answer === undefined || rows === undefined) return [];
  const request = experiment.messages.filter(({ role }) => role !== 'assistant' && role !== 'tool');
  const facts = readRequestFacts(request.map(({ content }) => content).join('\n'));
  const wants = wantsOf(facts, rows);
  const chosen = mentionedRoom(answer, rows);
  const format: Skill[] = isBareChoice(answer, chosen) ? [] : ['format'];
  return [...choiceMistakes(chosen, rows, wants, expectedRoom(experiment.feedback, rows)), ...format];
}

/** What the grader's feedback gives away: a room, `null` for "No Room", `undefined` when it names neither. */
function expectedRoom(feedback: string, rows: readonly RoomRow[]): RoomRow | null | undefined {
  const expected = /expected\W+(?:answer|choice|room)?\W*([^\n,;.]+)/i.exec(feedback)?.[1];
  if (expected === undefined) return undefined;
  return /no room/i.test(expected) ? null : mentionedRoom(expected, rows);
}

function choiceMistakes(
  chosen: RoomRow | undefined,
  rows: readonly RoomRow[],
  wants: Wants,
  expected: RoomRow | null | undefined,
): Skill[] {
  if (chosen === undefined || chosen === expected) return [];
  const broken: Skill[] = hardSkills.filter((skill) => !hardRules[skill](chosen, wants));
  const fitting = rows.filter((row) => hardSkills.every((skill) => hardRules[skill](row, wants)));
  if (expected === null || (expected === undefined && fitting.length === 0)) return [...broken, 'noRoom'];
  if (broken.length > 0) return broken;
  const rivals = expected === undefined ? fitting : [expected];
  const smaller = rivals.filter((row) => row.capacity < chosen.capacity);
  if (smaller.length > 0) return isTied(smaller) ? ['smallest', 'nearest'] : ['smallest'];
  return rivals.some((row) => row.capacity === chosen.capacity && row.distance < chosen.distance) ? ['nearest'] : [];
}

/** Whether the smallest of the rooms has one of its size beside it, so that distance has to decide. */
function isTied(rows: readonly RoomRow[]): boolean {
  const least = Math.min(...rows.map(({ capacity }) => capacity));
  return rows.filter(({ capacity }) => capacity === least).length > 1;
}

function mentionedRoom(text: string, rows: readonly RoomRow[]): RoomRow | undefined {
  const lower = text.toLowerCase();
  return rows.find((row) => new RegExp(`(?<![\\w-])${escapePattern(row.id.toLowerCase())}(?![\\w-])`).test(lower));
}

function isBareChoice(answer: string, chosen: RoomRow | undefined): boolean {
  const bare = answer
    .trim()
    .replace(/[.*"'`]/g, '')
    .toLowerCase();
  return bare === (chosen?.id.toLowerCase() ?? 'no room');
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
