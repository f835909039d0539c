import { describe, expect, it } from 'vitest';
import { gradeRoomChoice } from './grade-room-choice.ts';

describe('gradeRoomChoice()', () => {
  it.each([
    'Nova',
    ' nova\n',
    'Nova.',
    '"Nova"',
    '**Nova**',
    'final_choice: Nova',
    'It is small and near.\nAnswer: Nova',
    '**Room:** Nova',
  ])('takes %j for Nova', (answer) => {
    expect(gradeRoomChoice({ expectedChoice: 'Nova' }, answer)).toBe(1);
  });

  it.each(['', 'Orion', 'I would take Nova', 'Nova or Orion', 'Nova\nOrion', 'Nova\nIt is near.', 'Nova2', 'No Room'])(
    'does not take %j for Nova',
    (answer) => {
      expect(gradeRoomChoice({ expectedChoice: 'Nova' }, answer)).toBe(0);
    },
  );

  it('takes No Room in any case for No Room', () => {
    expect(gradeRoomChoice({ expectedChoice: 'No Room' }, 'no room')).toBe(1);
  });
});
