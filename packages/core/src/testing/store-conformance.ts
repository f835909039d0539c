import { describe } from 'vitest';
import { describeAttempts } from './conformance/attempts.ts';
import { describeClaimIds } from './conformance/claim-ids.ts';
import { describeClosing } from './conformance/closing.ts';
import { describeQueue } from './conformance/queue.ts';
import { describeReopening } from './conformance/reopening.ts';
import { describeResources } from './conformance/resources.ts';
import { describeRetries } from './conformance/retries.ts';
import { describeRollouts } from './conformance/rollouts.ts';
import { describeSpans } from './conformance/spans.ts';
import { describeStatistics } from './conformance/statistics.ts';
import { type StoreBackend, StoreUnderTest } from './conformance/store-under-test.ts';
import { describeWaiting } from './conformance/waiting.ts';
import { describeWatchdog } from './conformance/watchdog.ts';
import { describeWorkers } from './conformance/workers.ts';

/**
 * The behaviour that every `LightningStore` shares, as vitest tests: call it from a test file. Numbers in comments are
 * the rows of upstream's test suite (v0.3.0) that a test mirrors. Rows that are not here are about routes, clients, servers and OTLP (12-14, 16,
 * 23-26, 40-42, 100-102, 116, 131-150), which have tests of their own, or about what is not part of the contract: deprecated names (32, 47), the
 * pause between two scans of a watchdog (74-76: a timer is armed for each deadline), collections (151-156), memory (104-106: the memory store's).
 *
 * The tests that let time pass need a store that takes their clock; with `clock: 'real'` they are skipped. A client of
 * a remote store can run them all: the clock goes to the store behind the server.
 *
 * @example
 * ```ts
 * describeStoreConformance('InMemoryLightningStore', {
 *   clock: 'virtual',
 *   open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }),
 * });
 * ```
 */
export function describeStoreConformance(name: string, backend: StoreBackend): void {
  describe(`${name} behaves as a LightningStore`, () => {
    const subject = new StoreUnderTest(backend);
    describe('statistics', () => describeStatistics(subject));
    describe('queue', () => describeQueue(subject));
    describe('claim ids', () => describeClaimIds(subject));
    describe('rollouts', () => describeRollouts(subject));
    describe('attempts', () => describeAttempts(subject));
    describe('watchdog', () => describeWatchdog(subject));
    describe('retries', () => describeRetries(subject));
    describe('spans', () => describeSpans(subject));
    describe('resources', () => describeResources(subject));
    describe('workers', () => describeWorkers(subject));
    describe('waiting', () => describeWaiting(subject));
    describe('closing', () => describeClosing(subject));
    describe('reopening', () => describeReopening(subject));
  });
}
