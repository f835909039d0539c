import { describe, expect, it } from 'vitest';
import { generateRoomsHard } from './generate-rooms-hard.ts';
import { isFree, type Room } from './room.ts';
import { roomsAndAvailability } from './room-tool.ts';

const room: Room = {
  id: 'Atlas',
  capacity: 4,
  equipment: ['hdmi'],
  accessible: true,
  distance_m: 5,
  booked: [{ date: '2026-03-02', time: '10:00', duration_min: 60 }],
};

describe('isFree()', () => {
  it.each([
    ['09:00', 60, true],
    ['09:00', 61, false],
    ['10:30', 15, false],
    ['10:59', 30, false],
    ['11:00', 30, true],
    ['09:30', 120, false],
  ])('a meeting at %s of %i minutes: %s', (time, minutes, free) => {
    expect(isFree(room, '2026-03-02', time, minutes)).toBe(free);
    expect(isFree(room, '2026-03-03', time, minutes)).toBe(true);
  });
});

describe('roomsAndAvailability()', () => {
  it('describes each room and whether it is free, without its calendar', () => {
    expect(roomsAndAvailability('2026-03-02', '10:00', 30, [room])).toEqual({
      rooms: [{ id: 'Atlas', capacity: 4, equipment: ['hdmi'], accessible: true, distance_m: 5, free: false }],
    });
  });

  it('knows the rooms of the default data by itself', () => {
    const { rooms } = generateRoomsHard();
    expect(roomsAndAvailability('2026-03-02', '10:00', 30)).toEqual(
      roomsAndAvailability('2026-03-02', '10:00', 30, rooms),
    );
  });
});
