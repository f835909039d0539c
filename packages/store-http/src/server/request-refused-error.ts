import type { LightningErrorCode } from '@agentlightning/core';

/** One entry of the `detail` list of a 422, as FastAPI words it. */
export interface SchemaProblem {
  /** Kind of problem, e.g. `missing`, `string_type`, `json_invalid`. */
  readonly type: string;
  /** Where: `body` or `query`, then keys and indices. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
}

/** A request that is answered with an error before the store is asked. */
export class RequestRefusedError extends Error {
  override name = 'RequestRefusedError';
  readonly status: number;
  readonly detail: string | readonly SchemaProblem[];

  /** Absent: what the status says. */
  readonly code: LightningErrorCode | undefined;

  constructor(status: number, detail: string | readonly SchemaProblem[], code?: LightningErrorCode) {
    super(typeof detail === 'string' ? detail : 'The request does not fit the schema');
    this.status = status;
    this.detail = detail;
    this.code = code;
  }

  /** A 422 with the given problems. */
  static invalid(...problems: SchemaProblem[]): RequestRefusedError {
    return new RequestRefusedError(422, problems);
  }
}
