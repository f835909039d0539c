import type { Feature } from './features.ts';

/** How a part of a message is written as JSON and read from it. */
export interface Codec<T> {
  /** TypeScript form → JSON value with snake_case keys. */
  encode(value: T): unknown;
  /**
   * Checks and converts what came from outside.
   * @throws z.ZodError when its shape is wrong, LightningError `INVALID_ARGUMENT` when its shape is right and its value is not
   */
  parse(wire: unknown): T;
}

/** Names of the `:name` segments of a path. */
export type PathParameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** One call of the store over HTTP: everything that server and client must agree on. */
export interface Operation<Path extends string = string, Query = unknown, Body = unknown, Reply = unknown> {
  /** For logs and tests; the same in server and client. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Absolute path; `:name` segments are parameters. */
  readonly path: Path;
  /** Status of a successful reply. */
  readonly status: 200 | 201;
  /** The query string, as a record of texts and lists of texts. Absent: none is read. */
  readonly query?: Codec<Query>;
  /** The JSON body; its codec is given `undefined` when there is none. Absent: a body is ignored. */
  readonly body?: Codec<Body>;
  readonly reply: Codec<Reply>;
  /**
   * Whether a client may send the request again when it does not know what became of the first one. `safe`: twice is the same as
   * once. A feature: so it is as long as the server has that, which honours an id of the caller. `never`: it would happen twice.
   */
  readonly repeat: 'safe' | 'never' | Feature;
  /** The reply may be held back on purpose; a client needs a connection that nothing else waits for. */
  readonly longPoll: boolean;
  /** Bodies carry batches of user data and get the larger body limit. */
  readonly bulk: boolean;
  /** Answered without a token. */
  readonly public: boolean;
  /** The addition this operation belongs to; absent for upstream's own. */
  readonly feature?: Feature;
}

/** What a caller of an operation gives. */
export interface OperationInput<O extends Operation> {
  readonly params: O extends Operation<infer Path, infer _Q, infer _B, infer _R>
    ? Record<PathParameters<Path>, string>
    : never;
  readonly query: O extends Operation<string, infer Query, infer _B, infer _R> ? Query : never;
  readonly body: O extends Operation<string, infer _Q, infer Body, infer _R> ? Body : never;
}

/** What an operation answers. */
export type OperationReply<O extends Operation> =
  O extends Operation<string, infer _Q, infer _B, infer Reply> ? Reply : never;

type Defaulted = 'status' | 'repeat' | 'longPoll' | 'bulk' | 'public';

/**
 * Describes an operation. Defaults: 200, `repeat` is `safe` for GET and `never` for POST, no long poll, small bodies, a token is
 * needed.
 */
export function defineOperation<const Path extends string, Reply, Query = undefined, Body = undefined>(
  operation: Omit<Operation<Path, Query, Body, Reply>, Defaulted> &
    Partial<Pick<Operation<Path, Query, Body, Reply>, Defaulted>>,
): Operation<Path, Query, Body, Reply> {
  return {
    status: 200,
    repeat: operation.method === 'GET' ? 'safe' : 'never',
    longPoll: false,
    bulk: false,
    public: false,
    ...operation,
  };
}
