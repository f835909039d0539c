import type { RunEvent } from '@agentlightning/core/run';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CounterNotes } from './counter-notes.ts';

it('writes the latest of each counter once a second, and before scores and ends', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const written: string[] = [];
  const notes = new CounterNotes((event) => written.push(event.type === 'model-calls' ? `${event.count}` : event.type));
  const count = (n: number): RunEvent => ({ type: 'model-calls', count: n });
  notes.add(count(1));
  notes.add({ type: 'warning', message: 'w' });
  notes.add(count(2));
  expect(written).toEqual(['warning']);
  vi.advanceTimersByTime(1000);
  expect(written).toEqual(['warning', '2']);
  vi.advanceTimersByTime(5000);
  notes.add(count(3));
  notes.add({ type: 'run-ended', stopReason: 'completed' });
  notes.add(count(4));
  notes.flush();
  expect(written).toEqual(['warning', '2', '3', 'run-ended', '4']);
  expect(vi.getTimerCount()).toBe(0);
});
