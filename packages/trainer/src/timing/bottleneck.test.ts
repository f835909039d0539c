import { describe, expect, it } from 'vitest';
import { Latencies } from './latencies.ts';
import type { TimeTotals } from './time-account.ts';
import { timeSplitOf } from './time-split.ts';

function latenciesOf(...seconds: readonly number[]): TimeTotals['latencies'] {
  const latencies = new Latencies();
  for (const value of seconds) latencies.add(value);
  return latencies.toJson();
}

const EVEN = latenciesOf(...Array.from({ length: 20 }, () => 4));
const UNEVEN = latenciesOf(...Array.from({ length: 18 }, () => 4), 40, 42);

const bottleneck = (totals: Partial<TimeTotals>, slots: number | null = 8): string | null =>
  timeSplitOf({
    totals: {
      waitingForSlot: 0,
      agents: 0,
      heldOff: 0,
      untold: 0,
      optimizer: 0,
      framework: 0,
      tail: 0,
      attemptSeconds: 100,
      modelSeconds: 90,
      modelCalls: 20,
      latencies: EVEN,
      ...totals,
    },
    slots,
  }).bottleneck;

describe('the bottleneck', () => {
  it('is the runners where rollouts wait for one', () => {
    const totals = { waitingForSlot: 62, agents: 20, optimizer: 18 };
    const sentence = 'Waiting for a free slot took 62 % of the time: more runners (nRunners, now 8) would help';
    expect(bottleneck(totals)).toBe(sentence);
    expect(bottleneck(totals, null)).toBe(sentence.replace(' (nRunners, now 8)', ''));
    expect(bottleneck({ ...totals, modelSeconds: 20 })).toBe(
      `${sentence}, unless the agents' own code, 80 % of a rollout, keeps the processors busy`,
    );
  });

  it('is the optimiser where nothing else goes on', () => {
    expect(bottleneck({ optimizer: 41, agents: 30, waitingForSlot: 19, framework: 10 })).toMatch(
      /^The optimiser's model calls are the critical path: for 41 % of the time .* more runners only with the 19 % in which rollouts waited for one$/,
    );
  });

  it('is the agents’ models or their own code where no rollout waits', () => {
    expect(bottleneck({ agents: 80, optimizer: 20 })).toMatch(
      /^The agents' models took 72 % of the time, with a slot for each rollout: .* more runners would not help$/,
    );
    expect(bottleneck({ agents: 80, optimizer: 20, modelSeconds: 10 })).toMatch(
      /^The agents' own code took 72 % of the time, with a slot for each rollout: .* more runners would not help$/,
    );
  });

  it('is the agents as a whole where their models take as long as their own code', () => {
    expect(bottleneck({ agents: 80, optimizer: 20, modelSeconds: 52 })).toMatch(
      /^The agents took 80 % of the time, their models 42 % and their own code 38 %, with a slot for each rollout: both/,
    );
  });

  it('is the rate limit where runners leave an endpoint alone', () => {
    expect(bottleneck({ heldOff: 50, agents: 30, framework: 20 })).toMatch(/rate limit is the bottleneck/);
  });

  it('is the slowest rollouts where the rest waits for them', () => {
    const totals = { agents: 80, optimizer: 20, tail: 35, latencies: UNEVEN };
    expect(bottleneck(totals)).toMatch(
      /^The slowest rollouts .*: one in twenty takes (9\.\d|10) × the median \((39|4\d) s, (3\.9|4\.\d) s\), and for 35 % of the time/,
    );
    // Even latencies with few rollouts in an evaluation are no tail.
    expect(bottleneck({ ...totals, latencies: EVEN })).toMatch(/^The agents' models/);
  });

  it('is not known where nothing tells what rollouts did', () => {
    expect(bottleneck({ untold: 80, framework: 20 })).toMatch(/which of the two is not known.*over HTTP/);
    expect(bottleneck({ agents: 80, framework: 20, modelCalls: 0, modelSeconds: 0 })).toMatch(
      /^Rollouts took 80 % .*not known, as no model call of the agents was seen; more runners would not help$/,
    );
  });

  it('is what is around the work where that takes longer', () => {
    expect(bottleneck({ framework: 70, agents: 30 })).toMatch(/^For 70 % of the time neither/);
  });

  it('is nothing where nothing stands out', () => {
    expect(bottleneck({ waitingForSlot: 32, agents: 30, optimizer: 31, framework: 7 })).toBe(
      "Nothing stands out: waiting for a free slot 32 %, the optimiser's model calls 31 %, the agents' models 27 %",
    );
  });

  it('is not one of two that take about the same', () => {
    expect(bottleneck({ waitingForSlot: 44, agents: 50, framework: 6 })).toMatch(/^Nothing stands out: .*slot 44 %/);
    expect(bottleneck({ waitingForSlot: 30, agents: 60, framework: 10 })).toMatch(
      /^The agents' models took 54 % .* more runners only with the 30 % in which rollouts waited for one$/,
    );
  });

  it('is not told of a run that has hardly begun', () => {
    expect(bottleneck({ agents: 0.5 })).toBeNull();
    expect(bottleneck({ agents: 50, latencies: latenciesOf(25, 25) })).toBeNull();
  });
});

describe('Latencies', () => {
  it('tells quantiles to a few percent, from any number of rollouts', () => {
    const latencies = new Latencies();
    for (let index = 1; index <= 10_000; index += 1) latencies.add(index / 100);
    expect(latencies.quantile(0.5)).toBeGreaterThan(47);
    expect(latencies.quantile(0.5)).toBeLessThan(53);
    expect(latencies.quantile(0.95)).toBeGreaterThan(90);
    expect(latencies.quantile(0.95)).toBeLessThan(100);
    expect(latencies.toJson().length).toBeLessThan(130);
    expect(new Latencies(latencies.toJson()).quantile(0.5)).toBe(latencies.quantile(0.5));
    expect(new Latencies().quantile(0.5)).toBe(0);
    const quick = new Latencies();
    quick.add(0);
    expect(quick.quantile(1)).toBe(0.001);
  });
});
