import { describe, expect, it } from 'vitest';
import { TIME_PARTS, TimeAccount, type TimeTotals, unionSeconds } from './time-account.ts';
import { timeSplitOf, withEnding } from './time-split.ts';

const load = (queued: number, running: number, isTold = true) => ({ queued, running, isTold });
const attempt = (seconds: number, modelSeconds: number) => ({ seconds, modelSeconds, modelCalls: 1 });

/** The parts that something was counted in. */
function partsOf(totals: TimeTotals): Record<string, number> {
  return Object.fromEntries(TIME_PARTS.flatMap((part) => (totals[part] === 0 ? [] : [[part, totals[part]]])));
}

describe('TimeAccount', () => {
  it('counts each instant once, by what is going on', () => {
    const account = new TimeAccount(100, 2);
    account.rollouts(101, load(6, 0));
    account.rollouts(101.5, load(4, 2));
    account.optimizerCalls(103, 1);
    account.rollouts(110, load(0, 2));
    account.rollouts(114, load(0, 0));
    account.optimizerCalls(119, -1);
    // A second until the first is queued, half until the first is claimed, one in the end.
    expect(partsOf(account.totals(120))).toEqual({ framework: 2.5, waitingForSlot: 8.5, agents: 4, optimizer: 5 });
  });

  it('goes on with what earlier processes came to, and leaves out the time in between', () => {
    const first = new TimeAccount(0, 1);
    first.rollouts(1, load(0, 1));
    first.attempt(attempt(4, 1));
    const kept = JSON.parse(JSON.stringify(first.totals(5))) as TimeTotals;
    const second = new TimeAccount(1000, 1, kept);
    second.optimizerCalls(1001, 1);
    second.attempt(attempt(2, 2));
    const totals = second.totals(1003);
    expect(partsOf(totals)).toEqual({ framework: 2, agents: 4, optimizer: 2 });
    expect(totals).toMatchObject({ attemptSeconds: 6, modelSeconds: 3, modelCalls: 2 });
    expect(totals.latencies.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
  });

  it('takes as many slots as ever ran at once where nobody knows how many there are', () => {
    const account = new TimeAccount(0, null);
    // Nobody has come yet: one would help.
    account.rollouts(0, load(4, 0));
    account.rollouts(1, load(1, 3));
    account.rollouts(2, load(1, 2));
    expect(partsOf(account.totals(4))).toEqual({ waitingForSlot: 2, agents: 2 });
  });

  it('does not say what rollouts do that it is not told of', () => {
    const account = new TimeAccount(0, 8);
    account.rollouts(1, load(3, 0, false));
    account.optimizerCalls(2, 1);
    account.rollouts(5, load(0, 0, false));
    expect(partsOf(account.totals(6))).toEqual({ framework: 1, untold: 4, optimizer: 1 });
  });

  it('counts as held off what is queued and not claimed while an endpoint is left alone', () => {
    const account = new TimeAccount(0, 2);
    account.rollouts(0, load(5, 0));
    account.holdOff(1, 4);
    account.rollouts(6, load(4, 1));
    account.holdOff(6, 8);
    // Every slot has one: it is a slot that is missing.
    account.rollouts(7, load(3, 2));
    expect(partsOf(account.totals(8))).toEqual({ framework: 3, heldOff: 4, waitingForSlot: 1 });
  });

  it('counts as tail when few of many slots have anything left to do', () => {
    const account = new TimeAccount(0, 8);
    account.rollouts(0, load(0, 8));
    account.rollouts(1, load(0, 2));
    account.rollouts(4, load(3, 2));
    account.rollouts(5, load(0, 3));
    expect(account.totals(6)).toMatchObject({ agents: 6, tail: 3 });
  });

  it('is not misled by a clock that is set back', () => {
    const account = new TimeAccount(10, 1);
    account.rollouts(12, load(0, 1));
    account.rollouts(7, load(0, 0));
    expect(partsOf(account.totals(13))).toEqual({ framework: 3 });
  });
});

describe('timeSplitOf()', () => {
  it('shares the agents’ time out as their attempts spent theirs, and adds up', () => {
    const account = new TimeAccount(0, 4);
    account.rollouts(1, load(0, 3));
    account.attempt(attempt(4, 3));
    account.attempt(attempt(4, 1));
    account.rollouts(7, load(0, 0));
    const reading = { totals: account.totals(10), slots: 4, until: 100 };
    const split = timeSplitOf(reading);
    expect(split).toMatchObject({ wall: 10, agentModels: 3, agentCode: 3, agentUnknown: 0, framework: 4 });
    const ended = withEnding(reading, 100.5);
    expect(ended.until).toBe(100.5);
    expect(timeSplitOf(ended)).toMatchObject({ wall: 10.5, agentModels: 3, framework: 4.5 });
    // A clock that was set back takes nothing away.
    expect(withEnding(reading, 99)).toEqual(reading);
  });

  it('does not take for the agents’ own code what no model call was seen in', () => {
    const account = new TimeAccount(0, 4);
    account.rollouts(0, load(0, 1));
    account.attempt({ seconds: 4, modelSeconds: 0, modelCalls: 0 });
    expect(timeSplitOf({ totals: account.totals(4), slots: 4 })).toMatchObject({
      agentModels: 0,
      agentCode: 0,
      agentUnknown: 4,
    });
  });
});

describe('unionSeconds()', () => {
  it('counts what overlaps once, and leaves out what has no end', () => {
    const span = (startTime: number | null, endTime: number | null) => ({ startTime, endTime });
    expect(unionSeconds([span(5, 7), span(1, 3), span(2, 4), span(2, 3), span(8, null)])).toBe(5);
    expect(unionSeconds([])).toBe(0);
  });
});
