import { apoBounded } from './apo-bounded.ts';
import { apoCritical } from './apo-critical.ts';
import { apoInvariance } from './apo-invariance.ts';
import { apoOverhead } from './apo-overhead.ts';
import { apoOverheadSqlite } from './apo-overhead-sqlite.ts';
import { apoVsUpstream, apoVsUpstreamDefaults, apoVsUpstreamFullLatencies } from './apo-vs-upstream.ts';
import type { Bench } from './bench.ts';
import { crashRecovery } from './crash-recovery.ts';
import { dashboardPages } from './dashboard-pages.ts';
import { dispatchIdle } from './dispatch-idle.ts';
import { growth, growthSqlite } from './growth.ts';
import { inflight } from './inflight.ts';
import { isolationCost } from './isolation-cost.ts';
import { journalCost } from './journal-cost.ts';
import { memorySpans } from './memory-spans.ts';
import { otlpIngest } from './otlp-ingest.ts';
import { requestsPerRollout } from './requests-per-rollout.ts';
import { resume } from './resume.ts';
import { shutdown } from './shutdown.ts';
import { startup } from './startup.ts';
import { storeHttpBatch } from './store-http-batch.ts';
import { storeSqlite } from './store-sqlite.ts';
import { waitFanIn } from './wait-fan-in.ts';
import { watchOverhead } from './watch-overhead.ts';
import { watchdog } from './watchdog.ts';

/** All there are, in the order in which they are run and shown. */
export const BENCHES: readonly Bench[] = [
  apoCritical,
  apoBounded,
  apoOverhead,
  apoOverheadSqlite,
  journalCost,
  resume,
  apoInvariance,
  apoVsUpstream,
  apoVsUpstreamFullLatencies,
  apoVsUpstreamDefaults,
  dispatchIdle,
  storeHttpBatch,
  storeSqlite,
  requestsPerRollout,
  otlpIngest,
  waitFanIn,
  watchdog,
  crashRecovery,
  startup,
  shutdown,
  inflight,
  isolationCost,
  growth,
  growthSqlite,
  memorySpans,
  dashboardPages,
  watchOverhead,
];
