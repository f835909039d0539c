import {
  annotationDraft,
  LightningError,
  type RolloutReport,
  rewardDraft,
  SPAN_ATTRIBUTES,
  SPAN_NAMES,
  type SpanDraft,
} from '@agentlightning/core';

/** Prefix of the attributes that carry the metrics of a report: `.<name>`. */
export const METRIC_ATTRIBUTE = 'agentlightning.metric';

const REPORT_KEYS = ['reward', 'feedback', 'metrics'];

/**
 * What an agent returned, as spans to be recorded: see `RolloutResult`.
 * @throws LightningError `ROLLOUT_RESULT_INVALID` that names what was returned
 */
export function resultDrafts(result: unknown): readonly SpanDraft[] {
  try {
    if (result === undefined || result === null) return [];
    if (typeof result === 'number' || typeof result === 'boolean') return [rewardDraft(result)];
    if (Array.isArray(result)) return result.map(checkDraft);
    if (typeof result === 'object') return reportDrafts(result);
    throw new TypeError(`it is of type ${typeof result}`);
  } catch (error) {
    throw new LightningError(
      'ROLLOUT_RESULT_INVALID',
      `The agent returned something that is no rollout result (nothing, a finite number, a boolean, { reward, feedback, metrics } or a list of spans): ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function reportDrafts(report: object): readonly SpanDraft[] {
  const unknown = Object.keys(report).filter((key) => !REPORT_KEYS.includes(key));
  if (unknown.length > 0) throw new TypeError(`an object with the keys ${unknown.join(', ')}`);
  const { reward, feedback, metrics } = report as RolloutReport;
  const drafts: SpanDraft[] = [];
  if (metrics !== undefined) drafts.push(metricsDraft(metrics));
  // The reward comes last: the last reward of an attempt counts.
  if (reward !== undefined && reward !== null) drafts.push(rewardDraft(reward, feedback == null ? {} : { feedback }));
  else if (feedback != null) drafts.push(feedbackDraft(feedback));
  return drafts;
}

function metricsDraft(metrics: Readonly<Record<string, number>>): SpanDraft {
  for (const [name, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) throw new RangeError(`metric '${name}' is ${String(value)}`);
  }
  return annotationDraft({ [METRIC_ATTRIBUTE]: metrics });
}

function feedbackDraft(feedback: string): SpanDraft {
  if (typeof feedback !== 'string') throw new TypeError(`its feedback is of type ${typeof feedback}`);
  return { name: SPAN_NAMES.annotation, attributes: { [SPAN_ATTRIBUTES.feedback]: feedback } };
}

function checkDraft(draft: unknown, index: number): SpanDraft {
  const isDraft =
    typeof draft === 'object' &&
    draft !== null &&
    'name' in draft &&
    typeof draft.name === 'string' &&
    'attributes' in draft &&
    typeof draft.attributes === 'object' &&
    draft.attributes !== null;
  if (!isDraft) throw new TypeError(`item ${index} of the list is no span: it needs a name and attributes`);
  return draft as SpanDraft;
}
