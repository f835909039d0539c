/**
 * What this server offers beyond upstream's wire. Each is optional for both sides: an old peer ignores it, and a client
 * that does not see it announced falls back to upstream's way.
 */
export const FEATURES = [
  /** `POST /queues/rollouts/dequeue` takes `wait_ms` and answers as soon as there is work. */
  'dequeue-wait',
  /** `POST /queues/rollouts/dequeue` takes `claim_id`, under which it answers the same claims again. */
  'claim-id',
  /** `POST /queues/rollouts/dequeue/cancel` ends a parked dequeue of that `claim_id`. */
  'dequeue-cancel',
  /** `POST /waits/rollouts` takes `min_done`. */
  'wait-min-done',
  /** `rollout_id` and `priority` when enqueuing or starting: sending a request again is not a second rollout. */
  'rollout-id',
  /** `attempt_id` when starting an attempt by hand: sending a request again is not a second attempt. */
  'attempt-id',
  /** `Idempotency-Key` on whatever makes something: rollouts, attempts, snapshots. For peers that choose no ids. */
  'idempotency-key',
  /** `x-agl-strict: 1` on a report: 409 if it does not count. */
  'strict-reports',
  /** `POST /spans/batch`: many spans in one request, numbered on arrival where `sequence_id` is null. */
  'span-batch',
  /** `POST /spans/next/batch`: many sequence ids in one request. */
  'sequence-id-batch',
  /** `POST /attempts/batch`: many reports in one request, each judged on its own. */
  'report-batch',
  /** Those reports take `spans`, which are stored before the report is applied. */
  'report-spans',
  /** `POST /resources/{id}` takes `?unless_identical=true`: content that is there already changes nothing, so it may be sent again. */
  'unless-identical',
  /** `POST /workers/{id}` takes `attempts` and answers `fenced_attempt_ids`. */
  'heartbeat-attempts',
  /** `POST /rollouts/{id}/attempts/{id}` answers `outcome`. */
  'attempt-outcome',
  /** A report takes `given_back`: the rollout is queued again at no cost. */
  'given-back',
  /** `/rollouts` and `/rollouts/search` take `mode_in`, `resources_id_in`, `metadata_in` and `error_contains`, and sort by `attempts` and `duration`. */
  'rollout-filters',
  /** `POST /rewards/rollouts`: the rewards of many rollouts. */
  'rollout-rewards',
] as const;

/** One of {@link FEATURES}. */
export type Feature = (typeof FEATURES)[number];

/** Response header that lists what the server offers of {@link FEATURES}, comma-separated. */
export const FEATURES_HEADER = 'x-agl-features';

/** Response header that carries the `LightningError` code of an error reply. */
export const ERROR_CODE_HEADER = 'x-agl-error';

/**
 * Header of both sides: the run that a store is served for. A client sends what it has learnt, so that one which has outlived its run is not taken for one of
 * the next run at the same address: it is refused with `STORE_CLOSING`.
 */
export const RUN_HEADER = 'x-agl-run';

/** Response header of a health check on loopback: the process that serves the store. */
export const PROCESS_HEADER = 'x-agl-process';
