import { checkInvariants, type UndisturbedRun } from '@agentlightning/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { HEALTHY, RUN_MUTANTS } from './mutants.ts';
import { rehearse, undisturbedBy } from './rehearsal.ts';

const every = process.env['AGL_PROCESSES'] === 'every';
/** Runs that never end are given up after seconds. */
const isLong = ({ mode }: { readonly mode: string }): boolean => mode === 'U16' || mode === 'U17';

let undisturbed: UndisturbedRun;
beforeAll(async () => {
  undisturbed = undisturbedBy(await rehearse());
});

describe('checkInvariants()', () => {
  it.each(HEALTHY)('finds nothing wrong with a run that $what', async (mutant) => {
    expect(checkInvariants({ ...(await rehearse(mutant)), undisturbed })).toEqual([]);
  });

  it.each(RUN_MUTANTS.filter((mutant) => every || !isLong(mutant)))(
    'finds by $breaks that $what ($mode)',
    async (mutant) => {
      const violations = checkInvariants({ ...(await rehearse(mutant)), undisturbed });
      expect(violations.map(({ invariant }) => invariant)).toContain(mutant.breaks);
    },
  );
});
