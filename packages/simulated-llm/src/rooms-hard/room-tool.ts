import { generateRooms } from './generate-rooms.ts';
import { isFree, type Room, type RoomAvailability } from './room.ts';

/**
 * What the agent's tool answers: every room, and whether it is free for the whole slot. An agent gives it to the model as JSON.
 * @param date `YYYY-MM-DD`
 * @param time `HH:MM`
 * @param durationMin minutes
 * @param rooms default: those of `generateRoomsHard()` with seed 0
 */
export function roomsAndAvailability(
  date: string,
  time: string,
  durationMin: number,
  rooms: readonly Room[] = defaultRooms(),
): { rooms: RoomAvailability[] } {
  return {
    rooms: rooms.map((room) => {
      const { booked: _, ...described } = room;
      return { ...described, free: isFree(room, date, time, durationMin) };
    }),
  };
}

let generated: readonly Room[] | undefined;

function defaultRooms(): readonly Room[] {
  generated ??= generateRooms(0);
  return generated;
}

/** The tool as a request for a chat completion offers it; its arguments are those of {@link roomsAndAvailability}. */
export const roomToolDefinition = {
  type: 'function',
  function: {
    name: 'get_rooms_and_availability',
    description: 'Lists the meeting rooms and whether each is free for the whole of the given slot.',
    parameters: {
      type: 'object',
      properties: {
        date: { type: 'string', description: 'YYYY-MM-DD' },
        time: { type: 'string', description: 'Start, HH:MM, 24 hours' },
        duration_min: { type: 'integer', description: 'Minutes' },
      },
      required: ['date', 'time', 'duration_min'],
      additionalProperties: false,
    },
  },
} as const;
