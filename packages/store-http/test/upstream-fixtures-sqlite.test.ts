import { sqlite } from './backends.ts';
import { describeUpstreamFixtures } from './upstream-fixtures/index.ts';

// Nothing is evicted from a file, so its statistics have no thresholds to tell of.
describeUpstreamFixtures('a store in a file', sqlite, [
  'total_span_bytes',
  'eviction_threshold_bytes',
  'safe_threshold_bytes',
  'memory_capacity_bytes',
]);
