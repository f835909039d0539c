import type { ConfigChoice, HistoryCommand } from './history-command.ts';

/** A history that once showed a defect, of a store or of the model. */
export interface KeptHistory {
  /** What has to hold, in a sentence. */
  readonly name: string;
  readonly commands: readonly HistoryCommand[];
}

/**
 * The shortest form of every history that ever failed. They run first, on every backend. To keep another one, copy the JSON that the failing
 * test prints.
 */
export const KEPT_HISTORIES: readonly KeptHistory[] = [
  {
    name: 'an attempt that comes back after both of its deadlines is timed out, not silent again',
    commands: [
      { type: 'start-as', chosen: 0, input: 0, worker: null, again: false },
      { type: 'advance', seconds: 40 },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: 'running',
        worker: null,
        heartbeat: null,
        metadata: false,
        spans: [],
        again: false,
      },
    ],
  },
  {
    name: 'a report that revives an attempt past its limit finds it timed out when it is sent again',
    commands: [
      { type: 'enqueue-as', chosen: 0, input: 0, worker: null, again: false },
      { type: 'claim', limit: 1, worker: null, claim: null, again: false },
      { type: 'advance', seconds: 40 },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: null,
        worker: null,
        heartbeat: null,
        metadata: false,
        spans: [0],
        again: true,
      },
    ],
  },
  {
    name: 'a rollout that has failed stays failed when its silent attempt begins anew',
    commands: [
      {
        type: 'start',
        config: { maxAttempts: 1, retry: [], timeout: null, silence: 3 },
        worker: null,
      },
      { type: 'advance', seconds: 40 },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: 'preparing',
        worker: null,
        heartbeat: null,
        metadata: false,
        spans: [],
        again: false,
      },
    ],
  },
  {
    name: 'a claim that was given to another worker is not on the lease of the one that claimed it',
    commands: [
      enqueue({ maxAttempts: 2, retry: ['unresponsive'] }),
      { type: 'claim', limit: 1, worker: 0, claim: 0, again: false },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: null,
        worker: 1,
        heartbeat: null,
        metadata: false,
        spans: [],
        again: false,
      },
      { type: 'forget', worker: 0 },
    ],
  },
  {
    name: 'a heartbeat that ends a lease answers the worker as it is after that',
    commands: [
      enqueue({ maxAttempts: 1, retry: [] }),
      { type: 'claim', limit: 1, worker: 1, claim: 0, again: false },
      { type: 'forget', worker: 1 },
    ],
  },
  {
    name: 'leases that end together end in the order of the rollouts, not of the claims',
    commands: [
      enqueue({ maxAttempts: 2, retry: ['unresponsive'] }),
      enqueue({ maxAttempts: 2, retry: ['unresponsive'] }, 1),
      { type: 'claim', limit: 2, worker: 1, claim: 0, again: false },
      { type: 'forget', worker: 1 },
    ],
  },
  {
    name: 'an attempt that was started by hand is not on the lease of the claim before it',
    commands: [
      enqueue({ maxAttempts: 1, retry: [] }),
      { type: 'claim', limit: 1, worker: 1, claim: 0, again: false },
      { type: 'start-attempt', which: 0, worker: 1, chosen: null, again: false },
      { type: 'forget', worker: 1 },
    ],
  },
  {
    name: 'opening the store again revives nothing that was silent',
    commands: [
      { type: 'start', config: { maxAttempts: 1, retry: [], timeout: null, silence: 3 }, worker: null },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: 'unresponsive',
        worker: null,
        heartbeat: null,
        metadata: false,
        spans: [],
        again: false,
      },
      { type: 'update', which: 0, status: 'running', config: null, metadata: false },
      { type: 'restart' },
    ],
  },
  {
    name: 'an attempt that is given back twice is given back once, and its rollout waits',
    commands: [
      enqueue({ maxAttempts: 1, retry: [] }),
      { type: 'claim', limit: 1, worker: 0, claim: null, again: false },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: 'unresponsive',
        worker: null,
        heartbeat: null,
        metadata: false,
        givenBack: true,
        spans: [],
        again: true,
      },
    ],
  },
  {
    name: 'a claim that was seen to run and is being prepared again can be left out',
    commands: [
      enqueue({ maxAttempts: 1, retry: [] }),
      { type: 'claim', limit: 1, worker: 1, claim: 0, again: false },
      { type: 'spans', spans: [{ which: 0, key: 0, sequence: null, unknown: null }], again: false },
      { type: 'heartbeat', worker: 1, attempts: [], stats: false, again: false },
      {
        type: 'report',
        which: 0,
        latest: false,
        status: 'preparing',
        worker: null,
        heartbeat: null,
        metadata: false,
        spans: [],
        again: false,
      },
      { type: 'forget', worker: 1 },
    ],
  },
  {
    name: 'attempts that run out of time together, as their store was opened again, do so in the order of the rollouts',
    commands: [
      {
        type: 'enqueue',
        count: 3,
        config: { maxAttempts: 1, retry: [], timeout: 5, silence: null },
        priority: 0,
        resources: false,
      },
      { type: 'claim', limit: 1, worker: null, claim: null, again: false },
      { type: 'claim', limit: 2, worker: null, claim: null, again: false },
      { type: 'advance', seconds: 1 },
      { type: 'restart' },
      { type: 'forget', worker: 0 },
    ],
  },
];

function enqueue(config: Pick<ConfigChoice, 'maxAttempts' | 'retry'>, priority = 0): HistoryCommand {
  return { type: 'enqueue', count: 1, config: { ...config, timeout: null, silence: null }, priority, resources: false };
}
