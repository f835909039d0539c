import type { JournalEntry } from '@agentlightning/core/run';
import { expect, it } from 'vitest';
import { eventKind, eventText } from './event-text.ts';

const proposed = {
  type: 'candidate-proposed',
  version: 'v2',
  parent: 'v0',
  round: 1,
  candidate: {},
  critique: null,
} as const;
const score = { mean: 0.5, interval: [0.2, 0.8], n: 10, failed: 0, withoutReward: 0, unfinished: 0 } as const;
const result = { resourcesId: 'rs-1', score, rewards: [], failed: [], rolloutIds: [] };

it.each<[JournalEntry, string, string]>([
  [
    { time: 1, type: 'algorithm-event', key: 'k', event: { ...proposed, edit: 'gradient-concise → edit-rewrite' } },
    'search',
    'v2 is new, of v0 (a concise critique, then a rewrite)',
  ],
  [
    {
      time: 1,
      type: 'algorithm-event',
      key: 'k',
      event: { type: 'candidate-dropped', parent: 'v0', round: 1, reason: 'duplicate of v0', critique: null },
    },
    'problem',
    'An edit of v0 was dropped: duplicate of v0',
  ],
  [
    {
      time: 1,
      type: 'evaluation-started',
      key: 'r1/scores/v2/tasks',
      rollouts: 10,
      mode: 'val',
      resourcesIds: ['rs-1'],
      rows: [],
    },
    'evaluation',
    'Begins: round 1, scoring v2 on a sample (10 rollouts, val)',
  ],
  [
    { time: 1, type: 'evaluation-ended', key: 'hints', reason: 'complete', mode: 'val', rows: [], results: [result] },
    'evaluation',
    'Ended: hints; complete, 0.500 (95 % 0.200 – 0.800, n = 10)',
  ],
  [
    { time: 1, type: 'rollout-failed', rolloutId: 'ro-1', status: 'timeout', error: 'too slow' },
    'problem',
    'ro-1 timeout: too slow',
  ],
  [{ time: 1, type: 'model-calls', count: 1204 }, 'counter', 'Model calls of the optimiser: 1,204'],
  [{ time: 1, type: 'run-ended', stopReason: 'completed' }, 'run', 'Ended: completed'],
  [{ time: 1, type: 'of-the-future', a: 1 } as never, 'run', '{"time":1,"type":"of-the-future","a":1}'],
  [{ time: 1, type: 'spend' } as never, 'counter', '{"time":1,"type":"spend"}'],
  [{ time: 1, type: 'algorithm-event' } as never, 'search', '{"time":1,"type":"algorithm-event"}'],
])('tells %j in words', (entry, kind, text) => {
  expect(eventKind(entry)).toBe(kind);
  expect(eventText(entry, [{ version: 'v2', resourcesId: 'rs-1' }])).toBe(text);
});
