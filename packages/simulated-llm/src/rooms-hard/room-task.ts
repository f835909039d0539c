/** A request for a room. The fields up to `accessible_required` are what a prompt's placeholders are filled with. */
export interface RoomTask {
  /** Names the task within its data set, e.g. `r017`. */
  readonly id: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM` */
  readonly time: string;
  readonly duration_min: number;
  readonly attendees: number;
  /** Equipment, comma-separated: `projector, whiteboard`, or `none`. */
  readonly needs: string;
  readonly accessible_required: 'yes' | 'no';
  /** For the grader: id of the one right room, or `No Room`. */
  readonly expectedChoice: string;
}

/** Answer to a task that no room can serve. */
export const noRoom = 'No Room';

/** The items in a task's `needs`. */
export function neededItems(task: Pick<RoomTask, 'needs'>): string[] {
  return task.needs === 'none' ? [] : task.needs.split(', ');
}
