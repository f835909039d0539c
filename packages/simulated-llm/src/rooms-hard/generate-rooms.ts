import { RandomStream } from './random-stream.ts';
import type { Booking, Room } from './room.ts';

/** Days that rooms are booked on and asked for. */
export const dates = ['2026-03-02', '2026-03-03', '2026-03-05', '2026-03-09', '2026-03-12', '2026-03-17'] as const;

/** What rooms may be equipped with; no name is part of another. */
export const equipmentItems = [
  'projector',
  'whiteboard',
  'videoconference',
  'hdmi',
  'speakerphone',
  'microphone',
] as const;

const names = [
  'Atlas', 'Birch', 'Cedar', 'Delta', 'Ember', 'Fjord', 'Grove', 'Heron', 'Indigo', 'Juniper', 'Kestrel', 'Lotus', 'Maple',
  'Nova', 'Orion', 'Poppy', 'Quartz', 'Raven',
]; // biome-ignore format: one list

const capacities = [4, 6, 8, 10, 14, 20];

/** Rooms of a building, 18 of them, the same for a seed. Sizes recur, so that distance has ties to break. */
export function generateRooms(seed: number): Room[] {
  const random = new RandomStream(seed);
  const distances = random.shuffle(Array.from(names, (_, index) => 12 + 9 * index));
  return names.map((id, index) => ({
    id,
    capacity: capacities[index % capacities.length] as number,
    equipment: random.shuffle(equipmentItems).slice(0, random.integer(2, 5)).sort(),
    accessible: random.next() < 0.55,
    distance_m: distances[index] as number,
    booked: dates.flatMap((date) => bookingsOn(date, random)),
  }));
}

/** A day's bookings, from 08:00 on, with gaps between them. */
function bookingsOn(date: string, random: RandomStream): Booking[] {
  const bookings: Booking[] = [];
  let minute = 8 * 60 + 30 * random.integer(0, 4);
  while (minute < 18 * 60) {
    const duration = random.pick([30, 60, 90, 120]);
    bookings.push({ date, time: formatTime(minute), duration_min: duration });
    minute += duration + 30 * random.integer(1, 6);
  }
  return bookings;
}

/** Minutes since midnight as `HH:MM`. */
export function formatTime(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
