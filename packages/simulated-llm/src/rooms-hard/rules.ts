import { isFree, type Room } from './room.ts';
import { neededItems, noRoom, type RoomTask } from './room-task.ts';

/**
 * The rules that a right choice follows, in order: the four hard ones narrow the rooms down; when none is left the answer is No Room;
 * of the rest the smallest is right, and among equally small ones the nearest.
 */
export const rules = ['free', 'capacity', 'equipment', 'accessible', 'noRoom', 'smallest', 'nearest'] as const;

/** A rule of the labels. */
export type Rule = (typeof rules)[number];

/**
 * The right choice for a task.
 * @param without a rule to leave out, to see whether it decides the task. Without `noRoom` the room that breaks fewest rules is
 *   chosen; without `smallest` the nearest; without `nearest` the farthest of the smallest.
 * @returns a room's id, or `No Room`
 */
export function rightChoice(
  task: Omit<RoomTask, 'id' | 'expectedChoice'>,
  rooms: readonly Room[],
  without?: Rule,
): string {
  const needs = neededItems(task);
  const hardRules: Record<'free' | 'capacity' | 'equipment' | 'accessible', (room: Room) => boolean> = {
    free: (room) => isFree(room, task.date, task.time, task.duration_min),
    capacity: (room) => room.capacity >= task.attendees,
    equipment: (room) => needs.every((item) => room.equipment.includes(item)),
    accessible: (room) => task.accessible_required === 'no' || room.accessible,
  };
  const active = Object.entries(hardRules).filter(([rule]) => rule !== without);
  const broken = (room: Room) => active.filter(([, fulfils]) => !fulfils(room)).length;
  const fewestBroken = Math.min(...rooms.map(broken));
  if (fewestBroken > 0 && without !== 'noRoom') return noRoom;
  const fitting = rooms.filter((room) => broken(room) === fewestBroken);
  const bySize = without === 'smallest' ? 0 : 1;
  const byDistance = without === 'nearest' ? -1 : 1;
  const slack = (room: Room) => Math.abs(room.capacity - task.attendees);
  const [best] = fitting.toSorted(
    (a, b) => bySize * (slack(a) - slack(b)) || byDistance * (a.distance_m - b.distance_m),
  );
  return best?.id ?? noRoom;
}

/** The rules without which another answer would be right. */
export function decisiveRules(task: RoomTask, rooms: readonly Room[]): Rule[] {
  return rules.filter((rule) => rightChoice(task, rooms, rule) !== task.expectedChoice);
}
