import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_STATUSES } from '../rollout/attempt.ts';
import { type AttemptedRollout, isQueued, isTerminal, type Rollout } from '../rollout/rollout.ts';
import { spanOf } from '../testing/conformance/store-under-test.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { InMemoryLightningStore } from './in-memory-lightning-store.ts';

const anyCommand = fc.oneof(
  fc.record({
    type: fc.constant('enqueue' as const),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    retryCondition: fc.subarray(['failed' as const, 'timeout' as const, 'unresponsive' as const]),
  }),
  fc.record({ type: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('park' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('report' as const), which: fc.nat(), status: fc.constantFrom(...ATTEMPT_STATUSES) }),
  fc.record({ type: fc.constantFrom('span' as const, 'heartbeat' as const, 'cancel' as const), which: fc.nat() }),
  fc.record({ type: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 15 }) }),
);
type Command = typeof anyCommand extends fc.Arbitrary<infer C> ? C : never;

/** A store that runners and nobody else use, except to cancel; and every claim that anybody ever got. */
class Simulation {
  readonly clock = new VirtualClock();
  readonly store = new InMemoryLightningStore({ clock: this.clock });
  readonly claims: AttemptedRollout[] = [];
  readonly #parked: Promise<void>[] = [];

  async take(command: Command): Promise<void> {
    const { store } = this;
    switch (command.type) {
      case 'enqueue': {
        const { maxAttempts, retryCondition } = command;
        const config = { maxAttempts, retryCondition, timeoutSeconds: 30, unresponsiveSeconds: 10 };
        await store.enqueueRollout({ input: null, config });
        return;
      }
      case 'claim':
        this.claims.push(...(await store.dequeueManyRollouts({ limit: command.limit, workerId: 'w' })));
        return;
      case 'park': {
        const parked = store.dequeueManyRollouts({ limit: command.limit, waitMs: 20_000 });
        this.#parked.push(parked.then((claims) => void this.claims.push(...claims)));
        return;
      }
      case 'advance':
        this.clock.advance(command.seconds);
        return;
      case 'report':
      case 'span':
      case 'heartbeat':
      case 'cancel':
        await this.#takeOn(command, this.claims[command.which % Math.max(1, this.claims.length)]);
    }
  }

  async #takeOn(command: Command & { which: number }, claim: AttemptedRollout | undefined): Promise<void> {
    if (claim === undefined) return;
    const { rolloutId, attempt } = claim;
    const { attemptId } = attempt;
    if (command.type === 'report') await this.store.updateAttempt(rolloutId, attemptId, { status: command.status });
    else if (command.type === 'span') await this.store.addSpan(spanOf(claim));
    else if (command.type === 'heartbeat') await this.store.updateWorker('w', { attempts: [{ rolloutId, attemptId }] });
    else await this.store.updateRollout(rolloutId, { status: 'cancelled' });
  }

  async rollouts(): Promise<readonly (Rollout | AttemptedRollout)[]> {
    return (await this.store.queryRollouts()).items;
  }

  /** Gives everybody up, so that every claim that was handed out is known. */
  async finish(): Promise<void> {
    this.clock.advance(60);
    await Promise.all(this.#parked);
  }
}

describe('any history of runners', () => {
  const histories = (check: (simulation: Simulation, commands: readonly Command[]) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { maxLength: 60 }), (commands) => check(new Simulation(), commands)),
      { numRuns: 300 },
    );

  it('what has ended stays as it is', async () => {
    await histories(async (simulation, commands) => {
      const ended = new Map<string, Rollout>();
      for (const command of commands) {
        await simulation.take(command);
        if (command.type === 'cancel') ended.clear();
        for (const { attempt: _, ...rollout } of (await simulation.rollouts()) as AttemptedRollout[]) {
          const before = ended.get(rollout.rolloutId);
          if (before !== undefined) expect(rollout).toEqual(before);
          if (isTerminal(rollout.status)) ended.set(rollout.rolloutId, rollout);
        }
      }
    });
  });

  it('every claim is an attempt of its own, numbered without gaps, and no more than the config allows', async () => {
    await histories(async (simulation, commands) => {
      for (const command of commands) await simulation.take(command);
      await simulation.finish();
      const handedOut = simulation.claims.map(({ attempt }) => attempt.attemptId);
      const stored: string[] = [];
      for (const { rolloutId, config } of await simulation.rollouts()) {
        const attempts = (await simulation.store.queryAttempts(rolloutId)).items;
        stored.push(...attempts.map(({ attemptId }) => attemptId));
        expect(attempts.length).toBeLessThanOrEqual(config.maxAttempts);
        expect(attempts.map(({ sequenceId }) => sequenceId)).toEqual(attempts.map((_, index) => index + 1));
      }
      expect(handedOut.sort()).toEqual(stored.sort());
      expect((await simulation.store.statistics()).totalAttempts).toBe(stored.length);
    });
  });

  it('a rollout waits, is watched, or has ended: once the runners are gone, claiming what is left ends everything', async () => {
    await histories(async (simulation, commands) => {
      for (const command of commands) await simulation.take(command);
      await simulation.finish();
      for (const rollout of await simulation.rollouts()) {
        expect(isQueued(rollout.status) || isTerminal(rollout.status), rollout.status).toBe(true);
      }
      const ids = (await simulation.rollouts()).map(({ rolloutId }) => rolloutId);
      for (let round = 0; round < 3; round++) {
        await simulation.store.dequeueManyRollouts({ limit: 1_000 });
        simulation.clock.advance(60);
      }
      expect(await simulation.store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: 0 })).toHaveLength(ids.length);
      expect(simulation.clock.pendingTimers).toBe(0);
    });
  });
});
