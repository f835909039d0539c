import {
  type Clock,
  checkNumberOption,
  type Logger,
  refuseUnknownOptions,
  silentLogger,
  systemClock,
} from '@agentlightning/core';

/** What is kept of rollouts that have ended. */
export interface RetentionOptions {
  /** So many of them, those that ended last. More than any evaluation has, as it reads them at its end. Default: all. */
  readonly keepEndedRollouts?: number;
  /** Those that ended within so many days, by the store's clock. Default: without limit. */
  readonly keepEndedDays?: number;
}

/** Options of `SqliteLightningStore.open()`. */
export interface SqliteLightningStoreOptions {
  /**
   * The file. It is made if it is missing, with its directory, both for this user alone. SQLite keeps files beside it that begin with the same name, and the
   * store its key: `<path>.key` opens the secrets of resources, which are sealed in the file.
   */
  readonly path: string;
  /**
   * Reads what another process writes, without owning the file. Whatever would write is refused with `STORE_READ_ONLY`, and so are waits for
   * what has not ended. Default false.
   */
  readonly readOnly?: boolean;
  /**
   * Whether a store is made where there is none. Default true. With false a file that is gone or empty is refused with `STORE_UNREADABLE`: for a store
   * that is known to have been there.
   */
  readonly create?: boolean;
  /**
   * What becomes of the secrets of model endpoints, which are sealed in the file. `opened` (default): whoever reads a snapshot gets them. `masked`: they are read as
   * `***` or `null`, for showing a store that nobody works with here; only with `readOnly`.
   */
  readonly secrets?: 'opened' | 'masked';
  /**
   * When a change is acknowledged. `full` (default): when it would survive a power cut. `normal`: when it would survive the death of the
   * process; a power cut may undo the last changes, never a part of one. Some ten times as many commits a second.
   */
  readonly synchronous?: 'full' | 'normal';
  /**
   * Which ended rollouts are kept, with their attempts and spans; the others are taken out as new ones are written, oldest first.
   * Default: all.
   */
  readonly retention?: RetentionOptions;
  /**
   * How large the content may grow, in bytes. Past it new rollouts, snapshots and spans are refused with `UNAVAILABLE`, while what is in work can be
   * claimed, reported and cancelled, and everything can be read. Default: as large as the disk.
   */
  readonly maxBytes?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
}

const OPTION_NAMES = [
  'path',
  'readOnly',
  'create',
  'secrets',
  'synchronous',
  'retention',
  'maxBytes',
  'clock',
  'logger',
] as const satisfies readonly (keyof SqliteLightningStoreOptions)[];

/** Options with their defaults. */
export interface ResolvedOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly create: boolean;
  readonly secrets: 'opened' | 'masked';
  readonly synchronous: 'full' | 'normal';
  readonly keepEndedRollouts: number;
  readonly keepEndedSeconds: number;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ACTION = 'Cannot open the store';
const SECONDS_PER_DAY = 86_400;

/** Checks options and fills in defaults. @throws TypeError or RangeError naming the option, the value and what is wanted */
export function resolveOptions(options: SqliteLightningStoreOptions): ResolvedOptions {
  refuseUnknownOptions(ACTION, options, OPTION_NAMES);
  const { path, readOnly = false, create = true, synchronous = 'full', retention = {}, maxBytes = Infinity } = options;
  const { secrets = 'opened' } = options;
  refuseUnknownOptions(ACTION, retention, ['keepEndedRollouts', 'keepEndedDays'] satisfies (keyof RetentionOptions)[]);
  if (typeof path !== 'string' || path === '' || path.startsWith(':') || path.includes('\0')) {
    throw new TypeError(`${ACTION} as 'path' must be the path of a file: current value is ${JSON.stringify(path)}`);
  }
  if (typeof readOnly !== 'boolean') throw wrong('readOnly', 'true or false', readOnly);
  if (typeof create !== 'boolean') throw wrong('create', 'true or false', create);
  if (synchronous !== 'full' && synchronous !== 'normal') throw wrong('synchronous', "'full' or 'normal'", synchronous);
  if (secrets !== 'opened' && secrets !== 'masked') throw wrong('secrets', "'opened' or 'masked'", secrets);
  if (secrets === 'masked' && !readOnly) {
    throw new TypeError(`${ACTION} as 'secrets: masked' needs 'readOnly': what is masked must not be written back`);
  }
  if (readOnly && (options.retention ?? options.maxBytes ?? options.synchronous) !== undefined) {
    throw new TypeError(
      `${ACTION} as 'readOnly' excludes 'retention', 'maxBytes' and 'synchronous', which are about writing`,
    );
  }
  const { keepEndedRollouts = Infinity, keepEndedDays = Infinity } = retention;
  checkNumberOption(ACTION, 'retention.keepEndedRollouts', keepEndedRollouts, { min: 1 });
  checkNumberOption(ACTION, 'retention.keepEndedDays', keepEndedDays, { above: 0 });
  checkNumberOption(ACTION, 'maxBytes', maxBytes, { min: 65_536 });
  return {
    path,
    readOnly,
    create,
    secrets,
    synchronous,
    keepEndedRollouts,
    keepEndedSeconds: keepEndedDays * SECONDS_PER_DAY,
    maxBytes,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
  };
}

function wrong(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${ACTION} as '${name}' must be ${wanted}: current value is ${JSON.stringify(value)}`);
}
