import type { HeaderReader } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { type Destination, ModelCallLimiter, type Permit } from './model-call-limiter.ts';

const HOST = { host: 'api.test', model: 'm' };
const patient = new AbortController().signal;

function setUp(): { readonly clock: VirtualClock; readonly limiter: ModelCallLimiter } {
  const clock = new VirtualClock(0);
  return { clock, limiter: new ModelCallLimiter(clock, () => 0.5) };
}

function headers(values: Readonly<Record<string, string>>): HeaderReader {
  return (name) => values[name];
}

/** How long the next call has to wait. @param end - how it ends */
async function secondsUntilNext(
  limiter: ModelCallLimiter,
  clock: VirtualClock,
  destination: Destination = HOST,
  end = (permit: Permit): void => permit.ended(),
): Promise<number> {
  const asked = clock.now();
  let isThrough = false;
  const through = limiter.acquire(destination, patient).then((permit) => {
    isThrough = true;
    end(permit);
  });
  for (;;) {
    await settle();
    if (isThrough) break;
    clock.advance(0.1);
  }
  await through;
  return clock.now() - asked;
}

/** Lets everything run that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

type Tells = 'limits' | 'retry-after' | 'nothing';

/** A provider that allows so many calls a second after a burst, and says so in one way or another. */
class Provider {
  accepted = 0;
  refused = 0;
  readonly #clock: VirtualClock;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #tells: Tells;
  #tokens: number;
  #refilled: number;

  constructor(clock: VirtualClock, { perSecond, burst, tells }: { perSecond: number; burst: number; tells: Tells }) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tells = tells;
    this.#tokens = burst;
    this.#refilled = clock.now();
  }

  /** Answers whether it takes a call that comes now. */
  ask(): { readonly isAccepted: boolean; readonly header: HeaderReader } {
    this.#refill();
    const isAccepted = this.#tokens >= 1;
    if (isAccepted) {
      this.#tokens -= 1;
      this.accepted += 1;
    } else this.refused += 1;
    const headers: Record<string, string> = {};
    if (this.#tells === 'limits') {
      headers['x-ratelimit-limit-requests'] = String(this.#burst);
      headers['x-ratelimit-remaining-requests'] = String(Math.floor(this.#tokens));
      headers['x-ratelimit-reset-requests'] = `${Math.ceil(((this.#burst - this.#tokens) / this.#perSecond) * 1000)}ms`;
    }
    if (!isAccepted && this.#tells !== 'nothing') {
      headers['retry-after'] = String(Math.ceil((1 - this.#tokens) / this.#perSecond));
    }
    return { isAccepted, header: (name) => headers[name] };
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#refilled) * this.#perSecond);
    this.#refilled = now;
  }
}

/** Has 64 callers ask a provider without a pause for so many seconds, each call taking 300 ms. */
async function load(provider: Provider, clock: VirtualClock, seconds: number): Promise<void> {
  const limiter = new ModelCallLimiter(clock, () => 0.5);
  const end = clock.now() + seconds;
  const over = new AbortController();
  const caller = async (): Promise<void> => {
    for (;;) {
      const permit = await limiter.acquire(HOST, over.signal);
      const answer = provider.ask();
      await new Promise<void>((resolve) => clock.setTimer(300, resolve));
      if (answer.isAccepted) permit.succeeded(answer.header);
      else permit.throttled(answer.header);
    }
  };
  const all = Promise.allSettled(Array.from({ length: 64 }, caller));
  while (clock.now() < end) {
    clock.advance(0.02);
    await settle();
  }
  over.abort(new Error('over'));
  clock.advance(1);
  await all;
}

describe('ModelCallLimiter', () => {
  it.each<[perSecond: number, burst: number, tells: Tells, seconds: number, goodput: number, wasted: number]>([
    [50, 50, 'limits', 60, 0.97, 0.01],
    [50, 50, 'retry-after', 60, 0.88, 0.03],
    [50, 50, 'nothing', 60, 0.93, 0.03],
    [8, 500, 'limits', 300, 0.97, 0.03],
    [8, 500, 'retry-after', 300, 0.95, 0.05],
    // Three a minute, as new accounts have: thirteen of the first sixteen are refused, hardly any later.
    [0.05, 3, 'limits', 1200, 0.85, 0.3],
    [0.05, 3, 'retry-after', 1200, 0.9, 0.3],
  ])(
    'gets out what %d calls a second after a burst of %d allow, told %s, with few refusals',
    async (perSecond, burst, tells, seconds, goodput, wasted) => {
      const clock = new VirtualClock(0);
      const provider = new Provider(clock, { perSecond, burst, tells });
      await load(provider, clock, seconds);
      const { accepted, refused } = provider;
      expect(accepted / (burst + perSecond * seconds)).toBeGreaterThan(goodput);
      expect(refused / (accepted + refused)).toBeLessThan(wasted);
    },
  );

  it('lets calls through in the order in which they ask, sixteen at first', async () => {
    const { limiter } = setUp();
    const started: number[] = [];
    const permits: Permit[] = [];
    for (let call = 0; call < 20; call += 1) {
      void limiter.acquire(HOST, patient).then((permit) => {
        started.push(call);
        permits.push(permit);
      });
    }
    await settle();
    expect(started).toEqual(Array.from({ length: 16 }, (_, call) => call));
    permits[5]!.ended();
    await settle();
    expect(started.slice(16)).toEqual([16]);
    permits[0]!.succeeded();
    await settle();
    // An answer makes room for one more.
    expect(started.slice(16)).toEqual([16, 17, 18]);
  });

  it('waits as long as it is asked to, and not for ever', async () => {
    const { clock, limiter } = setUp();
    (await limiter.acquire(HOST, patient)).throttled(headers({ 'retry-after': '7' }));
    expect(await secondsUntilNext(limiter, clock)).toBeCloseTo(7, 0);
    (await limiter.acquire(HOST, patient)).throttled(headers({ 'retry-after': '86400' }));
    expect(await secondsUntilNext(limiter, clock)).toBeCloseTo(120, 0);
  });

  it('waits for tokens to come back', async () => {
    const { clock, limiter } = setUp();
    const spent = { 'limit-tokens': '60000', 'remaining-tokens': '0', 'reset-tokens': '1m0s' };
    (await limiter.acquire(HOST, patient)).succeeded(
      headers(Object.fromEntries(Object.entries(spent).map(([name, value]) => [`x-ratelimit-${name}`, value]))),
    );
    // A tenth of them, as nobody knows how many the next call takes.
    expect(await secondsUntilNext(limiter, clock)).toBeCloseTo(6, 0);
  });

  it('keeps models apart, and holds off all of a host that somebody else found busy', async () => {
    const { clock, limiter } = setUp();
    (await limiter.acquire(HOST, patient)).throttled(headers({ 'retry-after': '50' }));
    const other = { ...HOST, model: 'other' };
    (await limiter.acquire(other, patient)).ended();
    limiter.holdOff(HOST.host, 20_000);
    expect(await secondsUntilNext(limiter, clock, other)).toBeCloseTo(20, 0);
    limiter.holdOff(HOST.host, 20_000);
    expect(await secondsUntilNext(limiter, clock, { ...HOST, model: 'new' })).toBeCloseTo(20, 0);
    expect(await secondsUntilNext(limiter, clock, { host: 'elsewhere', model: 'm' })).toBe(0);
  });

  it('asks an endpoint in trouble by one call at a time, ever more rarely, until it answers', async () => {
    const { clock, limiter } = setUp();
    const lost = await Promise.all(Array.from({ length: 16 }, () => limiter.acquire(HOST, patient)));
    for (const permit of lost) permit.lost();
    const waits: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) {
      waits.push(await secondsUntilNext(limiter, clock, HOST, (permit) => permit.lost()));
    }
    expect(waits.map(Math.round)).toEqual([1, 2, 3, 6, 12, 23, 23]);
    await secondsUntilNext(limiter, clock, HOST, (permit) => permit.succeeded());
    const back = await Promise.all(Array.from({ length: 16 }, () => limiter.acquire(HOST, patient)));
    expect(back).toHaveLength(16);
  });

  it('forgets whoever leaves while waiting, and lets the next one through', async () => {
    const { limiter } = setUp();
    const permits = await Promise.all(Array.from({ length: 16 }, () => limiter.acquire(HOST, patient)));
    const leaving = new AbortController();
    const left = limiter.acquire(HOST, leaving.signal);
    const next = limiter.acquire(HOST, patient);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    permits[0]!.ended();
    await next;
    await expect(limiter.acquire(HOST, leaving.signal)).rejects.toThrow('left');
  });

  it('leaves no timer behind', async () => {
    const { clock, limiter } = setUp();
    (await limiter.acquire(HOST, patient)).throttled(headers({ 'retry-after': '7' }));
    const leaving = new AbortController();
    const left = limiter.acquire(HOST, leaving.signal);
    expect(clock.pendingTimers).toBe(1);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(clock.pendingTimers).toBe(0);
  });
});
