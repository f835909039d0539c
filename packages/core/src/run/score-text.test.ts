import { expect, it } from 'vitest';
import { scoreText } from './score-text.ts';

it.each([
  [0.7875, '0.788'],
  [0.3875, '0.388'],
  [0.6625, '0.663'],
  [-0.0125, '-0.013'],
  [0.4, '0.400'],
  [1, '1.000'],
  [0, '0.000'],
  [-0.0001, '0.000'],
  [2 / 3, '0.667'],
  [1.0004999, '1.000'],
  [12.3455, '12.346'],
])('%d is %s', (score, text) => {
  expect(scoreText(score)).toBe(text);
});
