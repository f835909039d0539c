import { filterAndUnflatten } from './attributes.ts';
import { PRIMARY_REWARD_NAME, SPAN_ATTRIBUTES, SPAN_NAMES } from './semconv.ts';
import type { Span } from './span.ts';

/** One dimension of a reward. */
export interface Reward {
  readonly name: string;
  /** Finite. */
  readonly value: number;
}

/** Attributes in which older tracers put the result of an operation, in the order in which they are asked. */
const AGENTOPS_OUTPUTS = ['agentops.task.output', 'agentops.entity.output'] as const;

/** The attribute by which v0.2 annotations carried a reward. */
const V02_REWARD = 'reward';

/**
 * The reward dimensions of a span, the primary one first; `[]` when it has none. Any span can carry them. A damaged further dimension is left
 * out; where the first is damaged, or there is none with index 0, there is no reward. Mirrors upstream `get_rewards_from_span` (v0.3.0), which fails there.
 */
export function getRewards(span: Pick<Span, 'attributes'>): readonly Reward[] {
  const entries = filterAndUnflatten(span.attributes, SPAN_ATTRIBUTES.reward);
  // A gap behind index 0 makes an object of the list; its keys are in numeric order.
  const rewards = (Array.isArray(entries) ? entries : indexedFromZero(entries)).map(parseReward);
  return rewards[0] === undefined ? [] : rewards.filter((reward) => reward !== undefined);
}

/**
 * The reward of a span, `null` when it has none. First match wins: the primary dimension of {@link getRewards}; the output of an AgentOps task or entity
 * that says `{ "type": "reward", "value": … }`; the attribute `reward` of an annotation, as v0.2 wrote it. Only finite numbers count, and booleans as 1
 * and 0; whatever else is found there is no reward. Mirrors upstream `get_reward_value` (v0.3.0).
 */
export function getRewardValue(span: Pick<Span, 'attributes' | 'name'>): number | null {
  const primary = getRewards(span)[0];
  if (primary !== undefined) return primary.value;
  for (const key of AGENTOPS_OUTPUTS) {
    const output = parseAgentOpsOutput(span.attributes[key]);
    if (output !== undefined) return toFiniteNumber(output.value);
  }
  return span.name === SPAN_NAMES.annotation ? toFiniteNumber(span.attributes[V02_REWARD]) : null;
}

/** Whether a span carries a reward, in any of the encodings that {@link getRewardValue} reads. */
export function isRewardSpan(span: Pick<Span, 'attributes' | 'name'>): boolean {
  return getRewardValue(span) !== null;
}

/** The spans that carry a reward, in the given order. */
export function findRewardSpans<S extends Pick<Span, 'attributes' | 'name'>>(spans: readonly S[]): S[] {
  return spans.filter(isRewardSpan);
}

/** The last reward in the given order, `null` when there is none. Pass spans ordered by `sequenceId`. */
export function findFinalReward(spans: readonly Pick<Span, 'attributes' | 'name'>[]): number | null {
  const last = spans.findLast(isRewardSpan);
  return last === undefined ? null : getRewardValue(last);
}

/** All dimensions of the last span that carries a reward, by name; `{}` when there is none. One of the older encodings is called `primary`. */
export function findFinalRewards(
  spans: readonly Pick<Span, 'attributes' | 'name'>[],
): Readonly<Record<string, number>> {
  const last = spans.findLast(isRewardSpan);
  if (last === undefined) return {};
  const rewards = getRewards(last);
  if (rewards.length === 0) return { [PRIMARY_REWARD_NAME]: getRewardValue(last)! };
  const byName = new Map<string, number>();
  // Where a name occurs twice the earlier counts: the primary reward is never hidden.
  for (const { name, value } of rewards) if (!byName.has(name)) byName.set(name, value);
  return Object.fromEntries(byName);
}

/** What the agent or its grader said on this span, in words, or `null`. */
export function getFeedback(span: Pick<Span, 'attributes'>): string | null {
  const feedback = span.attributes[SPAN_ATTRIBUTES.feedback];
  return typeof feedback === 'string' ? feedback : null;
}

/** The last feedback in the given order, `null` when there is none. */
export function findFeedback(spans: readonly Pick<Span, 'attributes'>[]): string | null {
  const last = spans.findLast((span) => getFeedback(span) !== null);
  return last === undefined ? null : getFeedback(last);
}

function indexedFromZero(entries: unknown): unknown[] {
  const byKey = entries as Record<string, unknown>;
  return Object.hasOwn(byKey, '0') ? Object.keys(byKey).map((key) => byKey[key]) : [];
}

function parseReward(entry: unknown): Reward | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { name, value } = entry as { name?: unknown; value?: unknown };
  const number = typeof value === 'string' ? parseNumber(value) : toFiniteNumber(value);
  return typeof name === 'string' && number !== null ? { name, value: number } : undefined;
}

function parseNumber(text: string): number | null {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? toFiniteNumber(Number(text)) : null;
}

function toFiniteNumber(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** `undefined`: says nothing of a reward, so that the next place is asked. */
function parseAgentOpsOutput(output: unknown): { readonly value: unknown } | undefined {
  let parsed = output;
  if (typeof output === 'string') {
    try {
      parsed = JSON.parse(output);
    } catch {
      // Any text can be the output of an operation; most is no reward.
      return undefined;
    }
  }
  if (typeof parsed !== 'object' || parsed === null || (parsed as { type?: unknown }).type !== 'reward')
    return undefined;
  return { value: (parsed as { value?: unknown }).value };
}
