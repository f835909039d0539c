import { describe, expect, it } from 'vitest';
import { neededEquipment, parseRoomTable } from './room-table.ts';

const row = { id: 'Atlas', capacity: 4, equipment: ['HDMI'], accessible: false, distance_m: 7, free: false };
const read = { id: 'Atlas', capacity: 4, equipment: ['hdmi'], accessible: false, distance: 7, free: false };

describe('parseRoomTable()', () => {
  it('reads a list of rooms, also one inside an object', () => {
    expect(parseRoomTable(JSON.stringify([row]))).toEqual([read]);
    expect(parseRoomTable(JSON.stringify({ rooms: [row] }))).toEqual([read]);
  });

  it('takes what a row leaves out to be fine', () => {
    expect(parseRoomTable('[{"name":"Birch"}]')).toEqual([
      { id: 'Birch', capacity: Number.POSITIVE_INFINITY, equipment: [], accessible: true, distance: 0, free: true },
    ]);
  });

  it('reads the whole rooms of a text that was cut in the middle', () => {
    const text = JSON.stringify({ rooms: [row, row, { ...row, id: 'Cedar' }] });
    expect(parseRoomTable(`${text.slice(0, 120)} […] ${text.slice(-110)}`)?.map(({ id }) => id)).toEqual([
      'Atlas',
      'Cedar',
    ]);
  });

  it('finds no rooms in anything else', () => {
    for (const text of ['', 'No rooms', '{}', '[]', '[1]', '{"rooms":"none"}', 'null']) {
      expect(parseRoomTable(text)).toBeUndefined();
    }
  });
});

describe('neededEquipment()', () => {
  it('finds the items that some room has, in the words of the request', () => {
    expect(neededEquipment('needs: hdmi and a piano', [read])).toEqual(['hdmi']);
  });
});
