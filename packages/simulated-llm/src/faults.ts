import { uniform } from './deterministic-random.ts';

/** What goes wrong with a request. */
export type Fault =
  /**
   * An error response, e.g. 429, 500, 503. `retryAfter` becomes the `Retry-After` header: seconds, or an HTTP date. `headers` are sent as well, by their
   * lower-case names. `message` is what the error says; it may repeat a key, as endpoints do.
   */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number | string;
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
    }
  /** The connection is reset: before any byte of the response, or after its first bytes. */
  | { readonly kind: 'reset'; readonly after?: 'nothing' | 'first-bytes' }
  /**
   * Silence: before the response's head, or after its first bytes. The request goes on as if nothing had been after `durationMs`;
   * without it, it hangs until the client leaves or the server closes.
   */
  | { readonly kind: 'stall'; readonly after?: 'nothing' | 'first-bytes'; readonly durationMs?: number }
  /** Half of the response's body, then the connection is reset. */
  | { readonly kind: 'truncate' }
  /** Status 200 and JSON cut off in the middle (in a stream: an event that is no JSON). */
  | { readonly kind: 'garbage' }
  /** Status 200 and an HTML page, as a proxy between client and API gives it. */
  | { readonly kind: 'html' }
  /** Status 200 and bytes that are no UTF-8 where the content should be. */
  | { readonly kind: 'bad-utf8' }
  /** A completion whose content is empty (`null-content`: null). */
  | { readonly kind: 'empty-content' | 'null-content' }
  /** A completion without choices. */
  | { readonly kind: 'empty-choices' }
  /** A completion that refuses: `refusal` is set, content is null. */
  | { readonly kind: 'refusal' }
  /** A completion that calls a tool and says nothing. */
  | { readonly kind: 'tool-call' }
  /** A completion that was cut off at its length limit: half of the content, `finish_reason` is `length`. */
  | { readonly kind: 'cut-at-length' }
  /** A completion that a filter took away: no content, `finish_reason` is `content_filter`. */
  | { readonly kind: 'content-filter' }
  /** Status 200 and a body without an end, as fast as the client takes it. */
  | { readonly kind: 'endless' }
  /** A completion without `usage`. */
  | { readonly kind: 'missing-usage' }
  /** A completion whose content is this many characters long. */
  | { readonly kind: 'oversized'; readonly characters: number };

/**
 * Says which requests a fault meets. All conditions given must hold; the first rule that matches wins. Each condition is a function
 * of the request, its number or how often its body came, so a failing run replays.
 */
export interface FaultRule {
  readonly fault: Fault;
  /** Only requests for this model, as the request names it. Default: all. */
  readonly model?: string;
  /** Share of the requests, 0 to 1, drawn from the body's hash and its occurrence, so that a retry draws anew. Default 1. */
  readonly rate?: number;
  /** Only these requests, counted from 1 among those of `model`. */
  readonly requests?: readonly number[];
  /** Only these occurrences of a body, counted from 1: `[1]` fails each body once, and its retry succeeds. */
  readonly occurrences?: readonly number[];
}

/** What fault rules look at. */
export interface FaultSubject {
  readonly model: string;
  readonly bodyHash: string;
  /** How often this body has come, counted from 1. */
  readonly occurrence: number;
}

/** Picks faults for requests; it counts them, so each request must be shown to it once and in order of arrival. */
export class FaultSchedule {
  readonly #rules: readonly FaultRule[];
  readonly #seed: number;
  readonly #requestCounts: number[];

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#rules = rules;
    this.#seed = seed;
    this.#requestCounts = rules.map(() => 0);
  }

  /** The fault that meets this request, if any. */
  next(subject: FaultSubject): Fault | undefined {
    let chosen: Fault | undefined;
    for (const [index, rule] of this.#rules.entries()) {
      if (rule.model !== undefined && rule.model !== subject.model) continue;
      const number = (this.#requestCounts[index] ?? 0) + 1;
      this.#requestCounts[index] = number;
      if (chosen === undefined && this.#matches(rule, index, number, subject)) chosen = rule.fault;
    }
    return chosen;
  }

  #matches(rule: FaultRule, index: number, number: number, { bodyHash, occurrence }: FaultSubject): boolean {
    if (rule.requests !== undefined && !rule.requests.includes(number)) return false;
    if (rule.occurrences !== undefined && !rule.occurrences.includes(occurrence)) return false;
    return rule.rate === undefined || uniform('fault', this.#seed, index, bodyHash, occurrence) < rule.rate;
  }
}
