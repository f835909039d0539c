import { hashOf } from '../../deterministic-random.ts';
import type { Application } from './competence.ts';
import type { RequestFacts } from './request-facts.ts';
import { neededEquipment, type RoomRow } from './room-table.ts';

/** What a meeting asks of a room, as far as the agent's model knows it. */
export interface Wants {
  readonly attendees: number | undefined;
  readonly accessible: boolean;
  readonly equipment: readonly string[];
}

/** The wants in a request, its equipment by the names that the table uses. */
export function wantsOf(facts: RequestFacts, rows: readonly RoomRow[]): Wants {
  return {
    attendees: facts.attendees,
    accessible: facts.accessibleRequired === true,
    equipment: neededEquipment(facts.text, rows),
  };
}

/** The hard rules, each as what a room has to fulfil. */
export const hardRules = {
  free: (row: RoomRow) => row.free,
  capacity: (row: RoomRow, wants: Wants) => wants.attendees === undefined || row.capacity >= wants.attendees,
  equipment: (row: RoomRow, wants: Wants) => wants.equipment.every((item) => row.equipment.includes(item)),
  accessibility: (row: RoomRow, wants: Wants) => !wants.accessible || row.accessible,
} as const;

/** The hard rules' names. */
export const hardSkills = ['free', 'capacity', 'equipment', 'accessibility'] as const;

/**
 * Names a task by what is hard about it: the wants and the rooms as they are at that time. Names of rooms, their order, and the hour
 * play no part, so renaming, permuting and shifting change nothing but the name in the answer.
 */
export function taskFingerprint(wants: Wants, facts: RequestFacts, rows: readonly RoomRow[]): string {
  const rooms = rows.map((row) => `${traitsOf(row)}${row.free ? '+' : '-'}`).sort();
  const asked = [wants.attendees ?? '?', String(wants.accessible), wants.equipment.join(), facts.durationMin ?? '?'];
  // Hashed here, once: it is a part of the key of many draws.
  return hashOf(...asked, ...rooms).toString(36);
}

/**
 * Decides as an agent's model that applies these skills; a skill it does not apply gives way to a plausible mistake.
 * @returns the chosen room, or `undefined` for "No Room"
 */
export function chooseRoom(
  rows: readonly RoomRow[],
  wants: Wants,
  applied: Application,
  task: string,
): RoomRow | undefined {
  const rules = hardSkills.filter((skill) => applied.skills.has(skill));
  const violations = (row: RoomRow) => rules.filter((skill) => !hardRules[skill](row, wants)).length;
  const fitting = rows.filter((row) => violations(row) === 0);
  const saysNoRoom = applied.skills.has('noRoom') && !applied.badRules.has('alwaysRoom');
  if (fitting.length === 0 && saysNoRoom) return undefined;
  const candidates = fitting.length > 0 ? fitting : leastBy(rows, violations);
  return leastBy(narrow(candidates, wants, applied), (row) => hashOf('favourite', task, traitsOf(row)))[0];
}

/** The preferences: what is left after them is a matter of taste. */
function narrow(rows: readonly RoomRow[], wants: Wants, { skills, badRules }: Application): readonly RoomRow[] {
  if (badRules.has('nearestFirst')) return leastBy(rows, (row) => row.distance);
  if (badRules.has('largest')) return leastBy(rows, (row) => -row.capacity);
  const sized = skills.has('smallest') ? leastBy(rows, (row) => Math.abs(row.capacity - (wants.attendees ?? 0))) : rows;
  return skills.has('nearest') && skills.has('smallest') ? leastBy(sized, (row) => row.distance) : sized;
}

/** All rooms that share the lowest value. */
function leastBy(rows: readonly RoomRow[], value: (row: RoomRow) => number): RoomRow[] {
  const values = rows.map(value);
  const least = Math.min(...values);
  return rows.filter((_, index) => values[index] === least);
}

function traitsOf(row: RoomRow): string {
  return `${row.capacity}/${row.distance}/${row.accessible}/${row.equipment.toSorted().join()}`;
}
