import { expect, it } from 'vitest';
import type { WorkerWire } from '../store/records.ts';
import { slotsOf, statsText } from './worker-stats.ts';

const worker = (stats: WorkerWire['heartbeat_stats']) => ({ heartbeat_stats: stats }) as WorkerWire;

it('says in words what runners tell, and leaves what others tell', () => {
  expect(statsText(worker({ slots: 16, busy: 1204, rssBytes: 314_859_520 }))).toBe(
    '16 slots · 1,204 busy · 314.9 MB of memory',
  );
  expect(statsText(worker({ busy: 'yes', memory_mb: 210, slots: 1 }))).toBe('1 slot · busy: yes · memory_mb: 210');
  expect([statsText(worker({})), statsText(worker(null))]).toEqual(['', '']);
});

it('adds slots up if all are known', () => {
  expect(slotsOf([worker({ slots: 16 }), worker({ slots: 8 })])).toBe(24);
  expect(slotsOf([worker({ slots: 16 }), worker(null)])).toBeUndefined();
});
