import type { RolloutMode, RolloutStatus } from '@agentlightning/core';

/** The statuses of rollouts, in the order of their lives. */
export const STATUSES = [
  'queuing',
  'preparing',
  'running',
  'succeeded',
  'failed',
  'requeuing',
  'cancelled',
] as const satisfies readonly RolloutStatus[];

/** The modes of rollouts. */
export const MODES = ['train', 'val', 'test'] as const satisfies readonly RolloutMode[];

/** What rollouts can be sorted by, with the name that it has on the wire. */
const SORTS = {
  start: 'start_time',
  status: 'status',
  duration: 'duration',
  attempts: 'attempts',
} as const;

/** What rollouts can be sorted by. */
export type RolloutSort = keyof typeof SORTS;

/** Which rollouts are shown, and in which order. */
export interface RolloutFilters {
  /** None: all. */
  readonly statuses: readonly RolloutStatus[];
  readonly mode: RolloutMode | '';
  /** A part of the id. */
  readonly text: string;
  readonly resourcesId: string;
  /** The path of an evaluation of the run. */
  readonly evaluation: string;
  /** A part of what the latest attempt failed with. */
  readonly error: string;
  readonly sort: RolloutSort;
  readonly isDescending: boolean;
}

/** The newest of all. */
export const NO_FILTERS: RolloutFilters = {
  statuses: [],
  mode: '',
  text: '',
  resourcesId: '',
  evaluation: '',
  error: '',
  sort: 'start',
  isDescending: true,
};

/** The filters of an address: whatever makes no sense in it is left out. */
export function filtersOfAddress(query: URLSearchParams): RolloutFilters {
  const [, sign, name] = /^(-?)(.*)$/s.exec(query.get('sort') ?? '-start')!;
  const sort = Object.keys(SORTS).find((known) => known === name) as RolloutSort | undefined;
  const given = query.getAll('status');
  return {
    statuses: STATUSES.filter((status) => given.includes(status)),
    mode: MODES.find((mode) => mode === query.get('mode')) ?? '',
    text: query.get('q') ?? '',
    resourcesId: query.get('resources_id') ?? '',
    evaluation: query.get('evaluation') ?? '',
    error: query.get('error') ?? '',
    sort: sort ?? 'start',
    isDescending: sort === undefined || sign === '-',
  };
}

/** The address that {@link filtersOfAddress} reads back; what is as always is left out of it. */
export function addressOfFilters(filters: RolloutFilters): URLSearchParams {
  const query = new URLSearchParams(filters.statuses.map((status) => ['status', status]));
  const named = {
    mode: 'mode',
    text: 'q',
    resourcesId: 'resources_id',
    evaluation: 'evaluation',
    error: 'error',
  } as const;
  for (const [field, name] of Object.entries(named)) {
    const value = filters[field as keyof typeof named];
    if (value !== '') query.set(name, value);
  }
  if (filters.sort !== NO_FILTERS.sort || !filters.isDescending) {
    query.set('sort', `${filters.isDescending ? '-' : ''}${filters.sort}`);
  }
  return query;
}

/** The body of a search for rollouts. */
export function filtersOnWire(filters: RolloutFilters): Readonly<Record<string, unknown>> {
  const { statuses, mode, text, resourcesId, evaluation, error, sort, isDescending } = filters;
  return {
    ...(statuses.length === 0 ? {} : { status_in: statuses }),
    ...(mode === '' ? {} : { mode_in: [mode] }),
    ...(text === '' ? {} : { rollout_id_contains: text }),
    ...(resourcesId === '' ? {} : { resources_id_in: [resourcesId] }),
    ...(evaluation === '' ? {} : { metadata_in: [`evaluation=${evaluation}`] }),
    ...(error === '' ? {} : { error_contains: error }),
    sort_by: SORTS[sort],
    sort_order: isDescending ? 'desc' : 'asc',
  };
}

/** How many filters are set. */
export function countFilters(filters: RolloutFilters): number {
  const texts = [filters.mode, filters.text, filters.resourcesId, filters.evaluation, filters.error];
  return Number(filters.statuses.length > 0) + texts.filter((text) => text !== '').length;
}
