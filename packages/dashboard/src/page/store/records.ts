import type { Attempt, Rollout, Span, Worker } from '@agentlightning/core';

/** The name that a field of a record has on the wire. */
type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${SnakeCase<Rest>}`
    : `_${Lowercase<First>}${SnakeCase<Rest>}`
  : '';

/** A record as the server sends it: its fields in snake_case, what is in them as it is. */
type Wire<T> = { readonly [Name in keyof T & string as SnakeCase<Name>]: T[Name] };

/** A rollout as the server sends it. */
export type RolloutWire = Omit<Wire<Rollout>, 'config'> & {
  readonly config: Wire<Rollout['config']>;
  readonly attempt?: AttemptWire;
};

/** An attempt as the server sends it. */
export type AttemptWire = Wire<Attempt>;

/** A worker as the server sends it. */
export type WorkerWire = Wire<Worker>;

/** As much of a span as the server sends and the page shows. */
export type SpanWire = Wire<
  Pick<
    Span,
    'rolloutId' | 'attemptId' | 'sequenceId' | 'spanId' | 'parentId' | 'name' | 'attributes' | 'startTime' | 'endTime'
  >
> & {
  readonly status: { readonly status_code: Span['status']['statusCode']; readonly description?: string | null };
  readonly events: readonly {
    readonly name: string;
    readonly attributes: object;
    readonly timestamp?: number | null;
  }[];
};

/** A span as the page reads it: what the readers of `@agentlightning/core/span` need, and what is shown. */
export interface PageSpan
  extends Pick<
    Span,
    'attemptId' | 'sequenceId' | 'spanId' | 'parentId' | 'name' | 'attributes' | 'startTime' | 'endTime'
  > {
  readonly status: Pick<Span['status'], 'statusCode'> & { readonly description: string | null };
  readonly events: SpanWire['events'];
}

/** A snapshot of resources as the server sends it. */
export interface ResourcesWire {
  readonly resources_id: string;
  readonly create_time: number;
  readonly update_time: number;
  readonly version: number;
  readonly resources: Readonly<Record<string, ResourceWire>>;
}

/** One resource as the server sends it; of a kind that this page does not know perhaps. */
export type ResourceWire = { readonly resource_type?: unknown } & Readonly<Record<string, unknown>>;

/** A page of a list. */
export interface PageWire<T> {
  readonly items: readonly T[];
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
  /** Whether spans that belong here were dropped, to keep the store's memory. */
  readonly evicted?: boolean;
}

/** A rollout's rewards, by their dimension; the primary one first. */
export type Rewards = Readonly<Record<string, number>>;

/** The span of a message. */
export function readSpan(wire: SpanWire): PageSpan {
  return {
    attemptId: wire.attempt_id,
    sequenceId: wire.sequence_id,
    spanId: wire.span_id,
    parentId: wire.parent_id,
    name: wire.name,
    attributes: wire.attributes,
    startTime: wire.start_time,
    endTime: wire.end_time,
    status: { statusCode: wire.status.status_code, description: wire.status.description ?? null },
    events: wire.events,
  };
}
