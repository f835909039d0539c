import { findFinalReward } from '../../span/reward.ts';
import { findDifference } from '../model/difference.ts';
import type { Evidence, SeenScore, SeenVerdict } from './evidence.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { SeenRollout, StoreSighting } from './store-sighting.ts';
import { Findings, repeated, type Violation } from './violation.ts';

/** Scores of at most this difference are equal: sums in another order. */
const SCORE_TOLERANCE = 1e-9;

/** I5, I6, I8, I9, E: what is told of the work is what agents did. */
export function checkResults(evidence: Evidence): Violation[] {
  const findings = new Findings();
  const { ledger, sightings, verdicts = [], scores = [] } = evidence;
  const last = sightings.at(-1)!;
  const rewards = rewardsOf(ledger);
  checkVerdicts(findings, verdicts, last, rewards);
  for (const score of scores) checkScore(findings, score, last, rewards);
  checkBest(findings, evidence);
  for (const seen of last.rollouts) checkSpans(findings, seen, rewards);
  checkKeptSpans(findings, ledger, sightings);
  checkResources(findings, sightings);
  checkPrompts(findings, ledger, last);
  if (evidence.undisturbed !== undefined) {
    const difference = findDifference(evidence.result, evidence.undisturbed.result, 'result');
    findings.check('E', difference === undefined, difference ?? '');
  }
  return findings.violations;
}

/** What agents returned, by rollout and attempt. */
function rewardsOf(ledger: readonly LedgerEntry[]): ReadonlyMap<string, number> {
  return new Map(
    ledger.flatMap((entry): [string, number][] =>
      entry.what === 'ended' && entry.reward !== undefined
        ? [[`${entry.rolloutId}/${entry.attemptId}`, entry.reward]]
        : [],
    ),
  );
}

function checkVerdicts(
  findings: Findings,
  verdicts: readonly SeenVerdict[],
  last: StoreSighting,
  rewards: ReadonlyMap<string, number>,
): void {
  const rows = verdicts.flatMap(({ key, rows: list }) => list.map((row) => ({ key, ...row })));
  const twice = repeated(rows.map(({ rolloutId }) => rolloutId));
  findings.check('I5', twice.length === 0, `results counted twice: ${twice.join(', ')}`);
  const winners = new Map(
    last.rollouts.map(({ rollout, attempts }) => [rollout.rolloutId, attempts.at(-1)?.attemptId]),
  );
  for (const { key, rolloutId, attemptId, status, reward } of rows) {
    if (status !== 'succeeded') continue;
    const where = `${rolloutId} in ${key}`;
    const returned = rewards.get(`${rolloutId}/${attemptId}`);
    findings.check('I5', winners.get(rolloutId) === attemptId, `${where} counts by an attempt that has not won`);
    findings.check('I5', reward === returned, `${where} counts ${reward}, and its agent returned ${returned}`);
  }
}

/** The mean over the rollouts of its evaluation; one that failed counts 0. */
function checkScore(
  findings: Findings,
  { what, evaluation, score }: SeenScore,
  { rollouts }: StoreSighting,
  rewards: ReadonlyMap<string, number>,
): void {
  const own = rollouts.filter(({ rollout }) => rollout.metadata?.['evaluation'] === evaluation);
  const values = own.map(({ rollout, attempts }) =>
    rollout.status === 'succeeded' ? (rewards.get(`${rollout.rolloutId}/${attempts.at(-1)?.attemptId}`) ?? 0) : 0,
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  findings.check(
    'I5',
    Math.abs(mean - score) <= SCORE_TOLERANCE,
    `the score of ${what} is ${score}, and agents returned ${mean} on average (${values.length} rollouts of ${evaluation})`,
  );
}

function checkBest(findings: Findings, { bestPrompts = [], runs = [] }: Evidence): void {
  let highest = -Infinity;
  for (const text of bestPrompts) {
    const best = parseBest(text);
    findings.check('I6', best !== undefined, `best_prompt.json was read as ${JSON.stringify(text.slice(0, 80))}`);
    if (best === undefined) continue;
    findings.check('I6', best >= highest, `the best score fell from ${highest} to ${best}`);
    highest = Math.max(highest, best);
  }
  let shown = -Infinity;
  let hasCompleted = false;
  for (const { status, bestScore } of runs) {
    const score = bestScore ?? -Infinity;
    findings.check('I6', score >= shown, `agl runs showed a best score of ${shown} and then ${bestScore}`);
    shown = Math.max(shown, score);
    // One that has its result, and whose process dies before it ends, may be taken up once more.
    const stays = !hasCompleted || status === 'completed' || status === 'running';
    findings.check('I4', stays, `agl runs showed the run completed and then ${status}`);
    hasCompleted ||= status === 'completed';
  }
}

/** The score of a best-prompt file, `undefined` for half of one. */
function parseBest(text: string): number | undefined {
  try {
    const { best_prompt_template: prompt, best_score: score } = JSON.parse(text) as Record<string, unknown>;
    const isWhole = typeof prompt === 'object' && prompt !== null && 'template' in prompt;
    return isWhole && typeof score === 'number' ? score : undefined;
  } catch {
    return undefined;
  }
}

function checkSpans(
  findings: Findings,
  { rollout, attempts, spans }: SeenRollout,
  rewards: ReadonlyMap<string, number>,
): void {
  const { rolloutId, status } = rollout;
  const twice = repeated(spans.map(({ attemptId, spanId }) => `${attemptId}/${spanId}`));
  findings.check('I8', twice.length === 0, `rollout ${rolloutId} has spans twice: ${twice.join(', ')}`);
  const sameNumber = repeated(spans.map(({ sequenceId }) => String(sequenceId)));
  findings.check(
    'I8',
    sameNumber.length === 0,
    `rollout ${rolloutId} has spans of one number: ${sameNumber.join(', ')}`,
  );
  const winner = attempts.at(-1)?.attemptId;
  const returned = rewards.get(`${rolloutId}/${winner}`);
  if (status !== 'succeeded' || returned === undefined) return;
  const stored = findFinalReward(spans.filter(({ attemptId }) => attemptId === winner));
  findings.check(
    'I8',
    stored === returned,
    `rollout ${rolloutId} has a reward of ${stored}, its agent returned ${returned}`,
  );
}

/** Spans that the store acknowledged, or that were seen in it, are still there. */
function checkKeptSpans(findings: Findings, ledger: readonly LedgerEntry[], sightings: readonly StoreSighting[]): void {
  const kept = new Set(keysOfSpans(sightings.at(-1)!));
  const seen = sightings.flatMap(keysOfSpans);
  const acknowledged = ledger.flatMap((entry) =>
    entry.what === 'span' ? [`${entry.rolloutId}/${entry.attemptId}/${entry.spanId}`] : [],
  );
  const lost = new Set([...seen, ...acknowledged].filter((key) => !kept.has(key)));
  findings.check('I8', lost.size === 0, `spans are lost: ${[...lost].join(', ')}`);
}

function keysOfSpans({ rollouts }: StoreSighting): string[] {
  return rollouts.flatMap(({ rollout: { rolloutId }, spans }) =>
    spans.map(({ attemptId, spanId }) => `${rolloutId}/${attemptId}/${spanId}`),
  );
}

function checkResources(findings: Findings, sightings: readonly StoreSighting[]): void {
  const contents = new Map<string, string>();
  for (const { resources } of sightings) {
    for (const { resourcesId, version, resources: content } of resources) {
      const key = `${resourcesId}@${version}`;
      const text = JSON.stringify(content);
      const before = contents.get(key) ?? text;
      findings.check('I9', before === text, `snapshot ${key} was ${before} and is ${text}`);
      contents.set(key, before);
    }
  }
  const last = sightings.at(-1)!;
  const known = new Set(last.resources.map(({ resourcesId }) => resourcesId));
  for (const { rollout } of last.rollouts) {
    const { rolloutId, resourcesId } = rollout;
    const isThere = resourcesId === null || known.has(resourcesId);
    findings.check('I9', isThere, `rollout ${rolloutId} has the snapshot ${resourcesId}, which does not exist`);
  }
}

/** One rollout has one prompt in all its attempts, and so have all rollouts of one candidate's evaluation. */
function checkPrompts(findings: Findings, ledger: readonly LedgerEntry[], last: StoreSighting): void {
  const evaluationOf = new Map(
    last.rollouts.map(({ rollout }) => [
      rollout.rolloutId,
      `${String(rollout.metadata?.['evaluation'])} ${rollout.resourcesId}`,
    ]),
  );
  const prompts = new Map<string, string>();
  for (const entry of ledger) {
    if (entry.what !== 'begun' || entry.prompt === undefined) continue;
    const key = evaluationOf.get(entry.rolloutId) ?? entry.rolloutId;
    const before = prompts.get(key) ?? entry.prompt;
    const what = `the agents of ${key} were given ${JSON.stringify(before)} and ${JSON.stringify(entry.prompt)}`;
    findings.check('I9', before === entry.prompt, what);
    prompts.set(key, before);
  }
}
