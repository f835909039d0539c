import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.ts';

const patient = new AbortController().signal;

describe('WorkQueue', () => {
  it('works on at most as many requests at once as it has servers, first in, first out', async () => {
    const queue = new WorkQueue(1);
    const done: string[] = [];
    const works = [
      queue.work(5, patient).then(() => done.push('first')),
      queue.work(0, patient).then(() => done.push('second')),
      queue.work(0, patient).then(() => done.push('third')),
    ];
    await Promise.all(works);
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('gives the place of one who leaves to the next', async () => {
    const queue = new WorkQueue(1);
    const leaving = new AbortController();
    const working = queue.work(3_600_000, leaving.signal);
    const next = queue.work(0, patient);
    leaving.abort(new Error('left'));
    await expect(working).rejects.toThrow();
    await next;
  });

  it('forgets one who leaves while waiting', async () => {
    const queue = new WorkQueue(1);
    const first = new AbortController();
    const second = new AbortController();
    const working = queue.work(3_600_000, first.signal);
    const waiting = queue.work(0, second.signal);
    const third = queue.work(0, patient);
    second.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    first.abort(new Error('left'));
    await expect(working).rejects.toThrow();
    await third;
    await queue.work(0, patient);
  });

  it('refuses one who has left already', async () => {
    await expect(new WorkQueue(1).work(0, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });
});
