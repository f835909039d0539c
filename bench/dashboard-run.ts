import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttemptedRollout, PromptTemplate, rewardDraft, spanFromDraft } from '@agentlightning/core';
import type { JournalEntry } from '@agentlightning/core/run';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { benchSpan } from './bench-span.ts';
import { STORE_DIRECTORY } from './bench-store.ts';

/** Rollouts that are added at a time. */
const BATCH = 1_000;
const CANDIDATES = 100;
const TASKS = 80;
const WORKERS = 64;
const ERRORS = [
  'TypeError: no room is free',
  'RateLimitError: 429 slow down',
  'TIMEOUT: The rollout took longer than its limit',
];

/** A run directory as a long search leaves it. */
export interface DashboardRun {
  readonly directory: string;
  /** Some of what is in it, to be asked for. */
  readonly rolloutIds: readonly string[];
  readonly resourcesId: string;
  readonly evaluation: string;
  /** Leaves nothing of it behind. */
  readonly remove: () => void;
}

/** Makes a run with so many rollouts: 100 prompts, two modes, a tenth tried again, a twentieth failed for three reasons, two spans for each attempt. */
export async function makeDashboardRun(rollouts: number): Promise<DashboardRun> {
  mkdirSync(STORE_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(join(STORE_DIRECTORY, 'run-'));
  const store = await SqliteLightningStore.open({ path: join(directory, 'store.db'), synchronous: 'normal' });
  const snapshots: string[] = [];
  for (let candidate = 0; candidate < CANDIDATES; candidate += 1) {
    const prompt = new PromptTemplate({ template: `Prompt ${candidate}: ${'find a room '.repeat(40)}` });
    snapshots.push((await store.addResources({ prompt })).resourcesId);
  }
  const evaluationOf = (row: number): string => `r${Math.floor(row / (TASKS * 10))}/scores/v${Math.floor(row / TASKS)}`;
  const ids: string[] = [];
  for (let added = 0; added < rollouts; added += BATCH) {
    await store.enqueueManyRollouts(
      Array.from({ length: BATCH }, (_, index) => {
        const row = added + index;
        return {
          input: { row, text: 'Find a room for eight people on Monday at ten. '.repeat(6) },
          mode: row % 5 === 0 ? 'train' : 'val',
          resourcesId: snapshots[Math.floor(row / TASKS) % CANDIDATES]!,
          metadata: { run_id: 'run-bench', evaluation: evaluationOf(row) },
          config: { maxAttempts: 2, retryCondition: ['failed'] },
        };
      }),
    );
    for (;;) {
      const claimed = await store.dequeueManyRollouts({
        limit: BATCH,
        workerId: `worker-${(added / BATCH) % WORKERS}`,
      });
      if (claimed.length === 0) break;
      await Promise.all(claimed.map((rollout) => finish(store, rollout)));
      if (ids.length < 500) for (const { rolloutId } of claimed.slice(0, 5)) ids.push(rolloutId);
    }
  }
  await store.close();
  writeFileSync(join(directory, 'run.json'), JSON.stringify(HEADER));
  writeFileSync(join(directory, 'journal.jsonl'), journal(rollouts));
  return {
    directory,
    rolloutIds: ids,
    resourcesId: snapshots[7]!,
    evaluation: evaluationOf(Math.floor(rollouts / 2)),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function finish(store: SqliteLightningStore, rollout: AttemptedRollout): Promise<void> {
  const { rolloutId, attempt, input } = rollout;
  const { row } = input as { readonly row: number };
  const ids = { rolloutId, attemptId: attempt.attemptId, traceId: '1'.repeat(32), now: row };
  const spans = [benchSpan({ of: rollout, number: row, bytes: 500 }), spanFromDraft(rewardDraft((row % 3) / 2), ids)];
  // Half of what fails succeeds when it is tried again.
  const fails = row % 10 === 3 && (row % 20 === 3 || attempt.sequenceId === 1);
  const error = `${ERRORS[row % ERRORS.length]} (request ${row})`;
  const report = fails ? { status: 'failed' as const, metadata: { error } } : { status: 'succeeded' as const };
  await store.updateAttempt(rolloutId, attempt.attemptId, report, { spans });
}

const HEADER = {
  format: 1,
  run_id: 'run-bench',
  start_time: 1_700_000_000,
  command: { script: null, arguments: [], directory: '/', node_version: process.versions.node },
  fingerprint: { algorithm: 'APO' },
};

/** As many events as such a search has. */
function journal(rollouts: number): string {
  const entries: JournalEntry[] = [
    {
      time: 0,
      type: 'run-started',
      runId: 'run-bench',
      runDirectory: null,
      isResumed: false,
      algorithm: 'APO',
      nRunners: WORKERS,
      seed: 0,
      heldOutRollouts: 0,
      label: 'simulated models',
    },
  ];
  for (let ended = 0; ended < rollouts; ended += 10) {
    const counts = { queued: 0, running: WORKERS, succeeded: ended, failed: 0, cancelled: 0, retried: 0 };
    entries.push({ time: ended, type: 'rollouts', counts });
    if (ended % 100 > 0) continue;
    const progress = { type: 'progress', part: 'p0', round: 1, parent: 'v0', doing: `running tasks ${ended}` } as const;
    entries.push({ time: ended, type: 'algorithm-event', key: `doing ${ended}`, event: progress });
  }
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}
