import { VirtualClock } from '@agentlightning/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClaimBrake } from './claim-brake.ts';

const never = new AbortController().signal;
let clock: VirtualClock;
let brake: ClaimBrake;
beforeEach(() => {
  clock = new VirtualClock(0);
  brake = new ClaimBrake(clock, () => 1);
});

/** How long claims are held from now on, in seconds. */
async function held(): Promise<number> {
  const began = clock.now();
  let isReleased = false;
  const released = brake.released(never).then(() => {
    isReleased = true;
  });
  for (;;) {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    if (isReleased) break;
    clock.advance(0.5);
  }
  await released;
  return clock.now() - began;
}

describe('ClaimBrake', () => {
  it('holds nothing unless there is a reason', async () => {
    expect(await held()).toBe(0);
    expect(brake.slots(8)).toBe(8);
  });

  it('holds claims as long as an endpoint asks for, a minute at most', async () => {
    brake.hold(7000);
    brake.hold(2000);
    expect(await held()).toBe(7);
    brake.hold(3_600_000);
    expect(await held()).toBe(60);
    expect(brake.slots(8)).toBe(8);
  });

  it('holds claims ever longer while attempts are lost, and then lets one slot find out', async () => {
    const holds: number[] = [];
    for (let loss = 0; loss < 7; loss += 1) {
      brake.lost(clock.now());
      expect(brake.slots(8)).toBe(1);
      holds.push(await held());
    }
    expect(holds).toEqual([1, 2, 4, 8, 16, 30, 30]);
    brake.passed();
    expect(brake.slots(8)).toBe(8);
    brake.lost(clock.now());
    expect(await held()).toBe(1);
  });

  it('learns nothing from attempts that were under way already', async () => {
    const startedAt = clock.now();
    clock.advance(5);
    for (let attempt = 0; attempt < 8; attempt += 1) brake.lost(startedAt);
    expect(await held()).toBe(1);
  });

  it('releases whoever has to stop', async () => {
    brake.hold(60_000);
    const stop = new AbortController();
    const released = brake.released(stop.signal);
    stop.abort();
    await released;
    expect(clock.pendingTimers).toBe(0);
  });
});
