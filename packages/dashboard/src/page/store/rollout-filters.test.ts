import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOfFilters,
  countFilters,
  filtersOfAddress,
  filtersOnWire,
  MODES,
  NO_FILTERS,
  type RolloutFilters,
  STATUSES,
} from './rollout-filters.ts';

const anyFilters: fc.Arbitrary<RolloutFilters> = fc.record({
  statuses: fc.subarray([...STATUSES]),
  mode: fc.constantFrom('' as const, ...MODES),
  text: fc.string({ unit: 'grapheme' }),
  resourcesId: fc.string({ unit: 'grapheme' }),
  evaluation: fc.string({ unit: 'grapheme' }),
  error: fc.string({ unit: 'grapheme' }),
  sort: fc.constantFrom('start', 'status', 'duration', 'attempts'),
  isDescending: fc.boolean(),
});

describe('the filters of rollouts', () => {
  it('are in the address, and read back from it', () => {
    fc.assert(
      fc.property(anyFilters, (filters) => {
        expect(filtersOfAddress(new URLSearchParams(addressOfFilters(filters).toString()))).toEqual(filters);
      }),
      { numRuns: 200 },
    );
  });

  it('leave the address as it is while none is set', () => {
    expect(addressOfFilters(NO_FILTERS).toString()).toBe('');
    expect(countFilters(NO_FILTERS)).toBe(0);
  });

  it('of an address that makes no sense are none', () => {
    const query = new URLSearchParams('status=lost&mode=x&sort=__proto__&status=<script>&page=7');
    expect(filtersOfAddress(query)).toEqual(NO_FILTERS);
  });

  it('are asked for in the words of the wire', () => {
    const filters = filtersOfAddress(
      new URLSearchParams('status=failed&mode=val&q=ro&resources_id=rs-1&evaluation=r1/x&error=Key&sort=duration'),
    );
    expect(filtersOnWire(filters)).toEqual({
      status_in: ['failed'],
      mode_in: ['val'],
      rollout_id_contains: 'ro',
      resources_id_in: ['rs-1'],
      metadata_in: ['evaluation=r1/x'],
      error_contains: 'Key',
      sort_by: 'duration',
      sort_order: 'asc',
    });
    expect(countFilters(filters)).toBe(6);
    expect(filtersOnWire(NO_FILTERS)).toEqual({ sort_by: 'start_time', sort_order: 'desc' });
  });
});
