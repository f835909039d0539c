import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateRoomsHard, type RoomTask, roomsAndAvailability } from '@agentlightning/simulated-llm/rooms-hard';
import { PromptTemplate } from 'agentlightning';

/** A task that brings the calendar's answer along: agents in both languages have the same tool that way. */
export interface CalendarTask extends RoomTask {
  /** JSON text. */
  readonly calendar: string;
}

/** Data sets of this many tasks. */
export function roomTasks(sizes: { readonly train: number; readonly val: number }): {
  readonly train: readonly CalendarTask[];
  readonly val: readonly CalendarTask[];
} {
  const { train, val } = generateRoomsHard();
  return { train: train.slice(0, sizes.train).map(withCalendar), val: val.slice(0, sizes.val).map(withCalendar) };
}

/** Writes tasks for a Python program to read. */
export async function writeTasks(
  tasks: ReturnType<typeof roomTasks>,
): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'agl-interop-'));
  const path = join(directory, 'tasks.json');
  await writeFile(path, JSON.stringify(tasks));
  return { path, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** States no rule: there is something to find. */
export const SEED_PROMPT = new PromptTemplate({
  engine: 'f-string',
  template:
    'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}',
});

function withCalendar(task: RoomTask): CalendarTask {
  return { ...task, calendar: JSON.stringify(roomsAndAvailability(task.date, task.time, task.duration_min)) };
}
