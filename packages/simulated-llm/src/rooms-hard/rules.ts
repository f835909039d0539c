import { isFree, type Room } from './room.ts';
import { neededItems, noRoom, type RoomTask } from './room-task.ts';

/**
 * The rules that a right choice follows, in order: the four hard ones narrow the rooms down; when none is left the answer is No Room;
 * of the rest the smallest is right, and among equally small ones the nearest.
 */
export const rules = ['free', 'capacity', 'equipment', 'accessible', 'noRoom', 'smallest', 'nearest'] as const;

/** A rule of the labels. */
export type Rule = (typeof rules)[number];

const hardRules = ['free', 'capacity', 'equipment', 'accessible'] as const;

/** A room as it is judged for a task: by its spare capacity, and by which of the hard rules it breaks. */
interface JudgedRoom {
  readonly room: Room;
  readonly slack: number;
  readonly broken: readonly Rule[];
}

/** What a task asks, without its name and its label. */
export type RoomQuestion = Omit<RoomTask, 'id' | 'expectedChoice'>;

/** The right choice for a question: a room's id, or `No Room`. */
export function rightChoice(question: RoomQuestion, rooms: readonly Room[]): string {
  return choose(judge(question, rooms));
}

/**
 * The rules without which another answer would be right. Without `noRoom` the best of the rooms that break fewest rules is chosen;
 * without `smallest` the nearest; without `nearest` the farthest of the smallest.
 */
export function decisiveRules(question: RoomQuestion, rooms: readonly Room[]): Rule[] {
  const judged = judge(question, rooms);
  const right = choose(judged);
  return rules.filter((rule) => choose(judged, rule) !== right);
}

function judge(question: RoomQuestion, rooms: readonly Room[]): JudgedRoom[] {
  const needs = neededItems(question);
  return rooms.map((room) => {
    const fulfils: Record<(typeof hardRules)[number], boolean> = {
      free: isFree(room, question.date, question.time, question.duration_min),
      capacity: room.capacity >= question.attendees,
      equipment: needs.every((item) => room.equipment.includes(item)),
      accessible: question.accessible_required === 'no' || room.accessible,
    };
    return {
      room,
      slack: Math.abs(room.capacity - question.attendees),
      broken: hardRules.filter((rule) => !fulfils[rule]),
    };
  });
}

function choose(judged: readonly JudgedRoom[], without?: Rule): string {
  const brokenCount = ({ broken }: JudgedRoom) =>
    broken.length - (without !== undefined && broken.includes(without) ? 1 : 0);
  const fewest = Math.min(...judged.map(brokenCount));
  if (fewest > 0 && without !== 'noRoom') return noRoom;
  const bySize = without === 'smallest' ? 0 : 1;
  const byDistance = without === 'nearest' ? -1 : 1;
  const [best] = judged
    .filter((one) => brokenCount(one) === fewest)
    .sort((a, b) => bySize * (a.slack - b.slack) || byDistance * (a.room.distance_m - b.room.distance_m));
  return best?.room.id ?? noRoom;
}
