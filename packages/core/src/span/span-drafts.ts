import { types } from 'node:util';
import { flattenAttributes, sanitizeAttributes, toSpanAttributes } from './attributes.ts';
import { encodeObject } from './object-value.ts';
import { PRIMARY_REWARD_NAME, SPAN_ATTRIBUTES, SPAN_NAMES } from './semconv.ts';
import type { SpanAttributes, SpanDraft } from './span.ts';

/** What every builder of a draft takes. */
export interface DraftOptions {
  /** Further attributes; may be nested, see `toSpanAttributes()`. Where they collide with what the draft is about they lose. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A reward: a number, `true` (1) or `false` (0), or several of them by name. */
export type RewardValue = number | boolean | Readonly<Record<string, number | boolean>>;

/** How to write a reward. */
export interface RewardDraftOptions extends DraftOptions {
  /** Which of several named numbers is the reward. Default: `primary` if there is one, else the first. */
  readonly primaryKey?: string;
  /** What was good or bad, in words. */
  readonly feedback?: string;
}

/**
 * A span that carries a reward. The primary one comes first, the others follow in their own order. Mirrors upstream `emit_reward` (v0.3.0), which
 * insists on `primary_key` and accepts `NaN`.
 *
 * @throws TypeError for what is neither number nor boolean; RangeError for a number that is not finite, for no number at all, or for a `primaryKey`
 * that is not among them. All name the value
 */
export function rewardDraft(reward: RewardValue, options: RewardDraftOptions = {}): SpanDraft {
  const { attributes = NONE, primaryKey, feedback } = options;
  if (feedback !== undefined && typeof feedback !== 'string') {
    throw new TypeError(
      `Cannot write the reward as 'feedback' must be a string: current value is of type ${typeof feedback}`,
    );
  }
  const own: Record<string, string | number> = {};
  for (const [index, [name, value]] of orderRewards(reward, primaryKey).entries()) {
    own[`${SPAN_ATTRIBUTES.reward}.${index}.name`] = name;
    own[`${SPAN_ATTRIBUTES.reward}.${index}.value`] = value;
  }
  if (feedback !== undefined) own[SPAN_ATTRIBUTES.feedback] = feedback;
  return draft(SPAN_NAMES.annotation, attributes, own);
}

/**
 * A span that carries a message. Mirrors upstream `emit_message` (v0.3.0).
 * @throws TypeError if `text` is not a string
 */
export function messageDraft(text: string, { attributes = NONE }: DraftOptions = {}): SpanDraft {
  if (typeof text !== 'string') {
    throw new TypeError(`Cannot write the message as it must be a string: current value is of type ${typeof text}`);
  }
  return draft(SPAN_NAMES.message, attributes, { [SPAN_ATTRIBUTES.messageBody]: text });
}

/**
 * A span that carries a value: strings, numbers and booleans as literals, bytes as base64, everything else as JSON. Mirrors upstream `emit_object`
 * (v0.3.0), whose names for types it writes.
 *
 * @throws TypeError if the value is not JSON
 */
export function objectDraft(value: unknown, { attributes = NONE }: DraftOptions = {}): SpanDraft {
  return draft(SPAN_NAMES.object, attributes, encodeObject(value));
}

/**
 * A span that tells of an error. Its own status is `OK`: recording the error succeeded. Mirrors upstream `emit_exception` (v0.3.0).
 * @throws TypeError if `error` is not an `Error`
 */
export function exceptionDraft(error: Error, { attributes = NONE }: DraftOptions = {}): SpanDraft {
  if (!types.isNativeError(error) && !((error as unknown) instanceof Error)) {
    throw new TypeError(`Cannot write the exception as it must be an Error: current value is of type ${typeof error}`);
  }
  return draft(SPAN_NAMES.exception, attributes, exceptionAttributes(error));
}

/**
 * The attributes by which OpenTelemetry and upstream describe an error. The stack is left out when there is none. The message ends with that of the innermost
 * cause, in brackets: clients wrap what really happened (`Connection error. (connect ECONNREFUSED 127.0.0.1:80)`).
 */
export function exceptionAttributes(error: Error): SpanAttributes {
  const stack = error.stack?.trim() ? { [SPAN_ATTRIBUTES.exceptionStacktrace]: error.stack } : {};
  return {
    // A subclass that sets no name of its own is still best called by its class.
    [SPAN_ATTRIBUTES.exceptionType]: error.name === 'Error' ? error.constructor.name : error.name,
    [SPAN_ATTRIBUTES.exceptionMessage]: withCause(error),
    [SPAN_ATTRIBUTES.exceptionEscaped]: true,
    ...stack,
  };
}

function withCause(error: Error): string {
  let innermost: unknown = error;
  // Causes that go in circles are somebody's mistake; ten are more than anybody nests.
  for (let depth = 0; depth < 10 && innermost instanceof Error && innermost.cause !== undefined; depth++) {
    innermost = innermost.cause;
  }
  const reason = innermost instanceof Error ? innermost.message : '';
  return innermost === error || reason === '' || error.message.includes(reason)
    ? error.message
    : `${error.message} (${reason})`;
}

/**
 * A span that carries any data, nested as it likes. Mirrors upstream `emit_annotation` (v0.3.0).
 * @throws TypeError for a leaf that is not a string, boolean, finite number, or list of one of them, naming its key
 */
export function annotationDraft(
  annotation: Readonly<Record<string, unknown>>,
  { attributes = NONE }: DraftOptions = {},
): SpanDraft {
  const own = flattenAttributes(annotation);
  for (const [key, value] of Object.entries(own)) {
    if (!(Array.isArray(value) ? value : [value]).every(isPrimitive)) {
      throw new TypeError(
        `Cannot write the annotation as '${key}' must be a string, boolean, finite number, or list of one of them: current value is ${describe(value)}`,
      );
    }
  }
  return draft(SPAN_NAMES.annotation, attributes, sanitizeAttributes(own));
}

/** What a draft says besides what it is about, unless somebody has more to say. */
const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

function draft(name: string, extra: Readonly<Record<string, unknown>>, own: SpanAttributes): SpanDraft {
  const attributes = extra === NONE ? own : { ...toSpanAttributes(extra), ...own };
  return { name, attributes, status: { statusCode: 'OK' } };
}

function orderRewards(reward: RewardValue, primaryKey: string | undefined): [name: string, value: number][] {
  if (typeof reward !== 'object' || reward === null)
    return [[PRIMARY_REWARD_NAME, toRewardNumber('the reward', reward)]];
  const rewards = Object.entries(reward).map(([name, value]): [string, number] => [
    name,
    toRewardNumber(`reward '${name}'`, value),
  ]);
  const names = rewards.map(([name]) => name);
  const primary = primaryKey ?? (names.includes(PRIMARY_REWARD_NAME) ? PRIMARY_REWARD_NAME : names[0]);
  if (primary === undefined)
    throw new RangeError('Cannot write the reward as it must name at least one number: current value is {}');
  if (!names.includes(primary)) {
    throw new RangeError(
      `Cannot write the reward as 'primaryKey' must be one of ${names.map((name) => `'${name}'`).join(', ')}: current value is '${primary}'`,
    );
  }
  return [...rewards.filter(([name]) => name === primary), ...rewards.filter(([name]) => name !== primary)];
}

function toRewardNumber(subject: string, value: unknown): number {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number') {
    throw new TypeError(
      `Cannot write the reward as ${subject} must be a number or boolean: current value is ${describe(value)}`,
    );
  }
  if (!Number.isFinite(value)) {
    throw new RangeError(`Cannot write the reward as ${subject} must be finite: current value is ${value}`);
  }
  return value;
}

function isPrimitive(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'number') return String(value);
  return Array.isArray(value) ? 'a mixed list' : `of type ${typeof value}`;
}
