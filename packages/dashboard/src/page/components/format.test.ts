import { describe, expect, it } from 'vitest';
import {
  countOf,
  formatBytes,
  formatDifference,
  formatDuration,
  formatInterval,
  formatScore,
  formatSeconds,
  formatShare,
  formatUsd,
} from './format.ts';

describe('figures', () => {
  it.each([
    [formatScore(0.7875), '0.788'],
    [formatScore(null), '–'],
    [formatScore(-0.5), '−0.500'],
    [formatDifference(0.338), '+0.338'],
    [formatDifference(-0.012), '−0.012'],
    [formatDifference(0.0001), '0.000'],
    [formatInterval([0.685, 0.863]), '0.685 – 0.863'],
    [formatDuration(7), '0:07'],
    [formatDuration(3723), '1:02:03'],
    [formatSeconds(0.012), '12 ms'],
    [formatSeconds(1.844), '1.84 s'],
    [formatSeconds(125), '2:05'],
    [formatUsd(0.4219), '$0.42'],
    [formatUsd(0.00042), '$0.00042'],
    [formatUsd(0), '$0.00'],
    [formatShare(0.376), '38 %'],
    [formatShare(0.001), '< 1 %'],
    [formatShare(0), '0 %'],
    [formatBytes(1400), '1.4 kB'],
    [countOf(1, 'task'), '1 task'],
    [countOf(1204, 'rollout'), '1,204 rollouts'],
  ])('are written as in %j', (text, expected) => {
    expect(text).toBe(expected);
  });
});
