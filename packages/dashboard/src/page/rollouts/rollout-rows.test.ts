import { describe, expect, it } from 'vitest';
import { wireRollout } from '../../../test/page-records.ts';
import { RolloutRows } from './rollout-rows.ts';

/** A server with rollouts `0` … `total − 1`, the newest first. */
function served(total: number) {
  const asked: { offset: number; limit: number }[] = [];
  const rewarded: string[][] = [];
  const server = { total };
  let changes = 0;
  const rows = new RolloutRows(
    {
      fetchRows: async ({ offset, limit }) => {
        asked.push({ offset, limit });
        const length = Math.max(0, Math.min(limit, server.total - offset));
        const items = Array.from({ length }, (_, index) =>
          wireRollout({ rollout_id: String(server.total - 1 - offset - index) }),
        );
        return { items, offset, limit, total: server.total };
      },
      fetchRewards: async (ids) => {
        rewarded.push([...ids]);
        return new Map([[ids[0]!, { primary: 1 }]]);
      },
    },
    () => {
      changes += 1;
    },
  );
  return { rows, asked, rewarded, server, changes: () => changes };
}

describe('RolloutRows', () => {
  it('fetches what is looked at, once', async () => {
    const { rows, asked, rewarded, changes } = served(1000);
    expect(rows.look(0, 30)).toBe(true);
    await rows.fetchMissing();
    expect(rows.total).toBe(1000);
    expect(rows.at(0)?.rollout_id).toBe('999');
    expect(rows.at(100)).toBeUndefined();
    expect(rows.rewardsOf('999')).toEqual({ primary: 1 });
    expect(rows.rewardsOf('998')).toBeNull();
    expect(rows.look(40, 80)).toBe(false);
    expect(rows.look(90, 120)).toBe(true);
    await rows.fetchMissing();
    expect(asked).toEqual([
      { offset: 0, limit: 100 },
      { offset: 100, limit: 100 },
    ]);
    expect(rewarded.map(({ length }) => length)).toEqual([100, 100]);
    expect(changes()).toBe(4);
  });

  it('says how far the first row that is seen has moved when it is fetched anew', async () => {
    const { rows, server } = served(1000);
    rows.look(250, 280);
    await rows.fetchMissing();
    expect(rows.at(250)?.rollout_id).toBe('749');
    server.total = 1007;
    await rows.refresh();
    expect(rows.takeShift()).toBe(7);
    expect(rows.takeShift()).toBe(0);
    expect(rows.at(257)?.rollout_id).toBe('749');
  });

  it('stays at the top, where the newest are', async () => {
    const { rows, server } = served(10);
    rows.look(0, 30);
    await rows.fetchMissing();
    server.total = 12;
    await rows.refresh();
    expect(rows.takeShift()).toBe(0);
    expect(rows.at(0)?.rollout_id).toBe('11');
  });

  it('keeps no more than some thousand rows', async () => {
    const { rows } = served(100_000);
    for (let first = 0; first < 10_000; first += 100) {
      rows.look(first, first + 50);
      await rows.fetchMissing();
    }
    expect(rows.at(0)).toBeUndefined();
    expect(rows.at(9_999)).toBeDefined();
  });

  it('asks for nothing where there is nothing', async () => {
    const { rows, asked } = served(0);
    rows.look(0, 30);
    await rows.fetchMissing();
    expect(rows.look(0, 30)).toBe(false);
    expect(asked).toHaveLength(1);
  });
});
