import { rollout } from 'agentlightning';
import { clockMs } from './clock.ts';

/** Attribute of the span that carries the metric. */
export const START_ATTRIBUTE = 'agentlightning.metric.startMs';

/** Does nothing but say when it began. */
export const startTimeAgent = rollout(async () => ({ reward: 1, metrics: { startMs: clockMs() } }), {
  moduleUrl: import.meta.url,
});
