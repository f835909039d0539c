import { describe, expect, it } from 'vitest';
import { wireAttempt } from '../../../test/page-records.ts';
import { pageSpan } from '../../../test/page-spans.ts';
import { rewardSeries } from './reward-series.ts';

const reward = (attemptId: string, sequenceId: number, value: number, more = {}) =>
  pageSpan({
    attemptId,
    sequenceId,
    attributes: { 'agentlightning.reward.0.name': 'primary', 'agentlightning.reward.0.value': value, ...more },
  });

describe('rewardSeries()', () => {
  const attempts = [wireAttempt({ attempt_id: 'a', sequence_id: 1 }), wireAttempt({ attempt_id: 'b', sequence_id: 2 })];

  it('has the rewards of all attempts in their order; the last of the latest counts', () => {
    const dimension = {
      'agentlightning.reward.1.name': 'tone',
      'agentlightning.reward.1.value': 0.5,
      'agentlightning.feedback': 'too short',
    };
    const spans = [reward('b', 3, 0.25), pageSpan({ sequenceId: 4 }), reward('b', 5, 1, dimension), reward('a', 6, 0)];
    expect(
      rewardSeries(attempts, spans).map(({ attemptNumber, value, others, feedback, counts }) => [
        attemptNumber,
        value,
        others,
        feedback,
        counts,
      ]),
    ).toEqual([
      [1, 0, [], null, false],
      [2, 0.25, [], null, false],
      [2, 1, [{ name: 'tone', value: 0.5 }], 'too short', true],
    ]);
  });

  it('lets none count while the latest attempt has none', () => {
    expect(rewardSeries(attempts, [reward('a', 1, 1)])).toMatchObject([{ counts: false }]);
  });
});
