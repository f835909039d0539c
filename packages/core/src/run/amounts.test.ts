import { expect, it } from 'vitest';
import { counted, dollars, grouped } from './amounts.ts';

it('groups the digits of large numbers', () => {
  expect([0, 999, 1376, 1_575_773].map(grouped)).toEqual(['0', '999', '1,376', '1,575,773']);
});

it('counts one and many', () => {
  expect([0, 1, 1376].map((count) => counted(count, 'task'))).toEqual(['0 tasks', '1 task', '1,376 tasks']);
});

it('writes dollars in cents, and less than a cent in two digits', () => {
  expect([0, 0.42, 5, 0.01, 0.0042, 0.000012].map(dollars)).toEqual([
    '$0.00',
    '$0.42',
    '$5.00',
    '$0.01',
    '$0.0042',
    '$0.000012',
  ]);
});
