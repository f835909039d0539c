import type { View } from '../route.ts';

/** The views by their names. */
export const TITLES: Readonly<Record<View, string>> = {
  search: 'Search',
  rollouts: 'Rollouts',
  workers: 'Workers',
  resources: 'Resources',
  run: 'Run',
};
