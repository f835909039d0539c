/** A meeting on a room's calendar. */
export interface Booking {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM` */
  readonly time: string;
  readonly duration_min: number;
}

/** A room, with the names of the fields as the tool's answer has them. */
export interface Room {
  readonly id: string;
  readonly capacity: number;
  readonly equipment: readonly string[];
  readonly accessible: boolean;
  /** Metres from the people who ask; no two rooms are equally far. */
  readonly distance_m: number;
  readonly booked: readonly Booking[];
}

/** What the tool answers on a room: whether it is free for the whole of the asked slot, in place of its calendar. */
export type RoomAvailability = Omit<Room, 'booked'> & { readonly free: boolean };

/** Whether a room has no booking that overlaps the slot. A booking that ends as the slot starts does not. */
export function isFree(room: Room, date: string, time: string, durationMin: number): boolean {
  const start = minutesOf(time);
  return room.booked.every((booking) => {
    if (booking.date !== date) return true;
    const bookedFrom = minutesOf(booking.time);
    return bookedFrom >= start + durationMin || bookedFrom + booking.duration_min <= start;
  });
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
