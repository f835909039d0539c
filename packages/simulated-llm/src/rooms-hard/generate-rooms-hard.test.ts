import { describe, expect, it } from 'vitest';
import { generateRoomsHard } from './generate-rooms-hard.ts';
import { noRoom } from './room-task.ts';
import { decisiveRules, rightChoice, rules } from './rules.ts';

describe.each([0, 1, 2])('rooms-hard of seed %i', (seed) => {
  const { rooms, train, val, test } = generateRoomsHard({ seed });
  const tasks = [...train, ...val, ...test];
  const sets = Object.entries({ all: tasks, train, val, test }).map(([name, set]) => ({ name, set }));

  it('has at least 300 different tasks on 12 to 20 rooms and several dates', () => {
    expect(tasks.length).toBeGreaterThanOrEqual(300);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
    expect(new Set(tasks.map((task) => JSON.stringify({ ...task, id: '' }))).size).toBe(tasks.length);
    expect(new Set(tasks.map(({ date }) => date)).size).toBeGreaterThan(3);
    expect(rooms.length).toBeGreaterThanOrEqual(12);
    expect(rooms.length).toBeLessThanOrEqual(20);
    expect(new Set(rooms.map((room) => room.distance_m)).size).toBe(rooms.length);
  });

  it('is labelled by the rules', () => {
    for (const task of tasks) expect(rightChoice(task, rooms)).toBe(task.expectedChoice);
  });

  it.each(sets)('is decided by each rule in at least 8 %% of $name', ({ set }) => {
    for (const rule of rules) {
      const share = set.filter((task) => decisiveRules(task, rooms).includes(rule)).length / set.length;
      expect(share, rule).toBeGreaterThanOrEqual(0.08);
    }
  });

  it.each(sets)('answers No Room in 12 to 15 %% of $name', ({ set }) => {
    const share = set.filter((task) => task.expectedChoice === noRoom).length / set.length;
    expect(share).toBeGreaterThanOrEqual(0.12);
    expect(share).toBeLessThanOrEqual(0.15);
  });

  it('is split in halves and quarters', () => {
    expect(train.length / tasks.length).toBeCloseTo(0.5, 2);
    expect(val.length / tasks.length).toBeCloseTo(0.25, 2);
  });
});

describe('generateRoomsHard()', () => {
  it('gives the same data for the same seed, and other data for another', () => {
    expect(generateRoomsHard({ seed: 3 })).toEqual(generateRoomsHard({ seed: 3 }));
    expect(generateRoomsHard({ seed: 3 })).not.toEqual(generateRoomsHard({ seed: 4 }));
  });

  it('gives as many tasks as asked for', () => {
    const { train, val, test } = generateRoomsHard({ tasks: 500 });
    expect(train.length + val.length + test.length).toBe(500);
  });

  it.each([{ tasks: 39 }, { tasks: 50.5 }, { seed: 0.5 }])('refuses %j', (options) => {
    expect(() => generateRoomsHard(options)).toThrow(RangeError);
  });
});
