import type { Evidence, Holdings } from './evidence.ts';
import { Findings, type Violation } from './violation.ts';

/** The heap may grow by so much over many faults: what is compiled late, and what is not collected yet. */
const HEAP_GROWTH_BYTES = 16 * 1024 * 1024;

/** I10, I12: nothing is paid for twice, and nothing is left behind. */
export function checkCost(evidence: Evidence): Violation[] {
  const findings = new Findings();
  checkCalls(findings, evidence);
  if (evidence.holdings !== undefined) checkHoldings(findings, evidence.holdings);
  return findings.violations;
}

/**
 * A call that reached a model and is recorded by nobody was lost by a kill: at most as many as were in flight. A process that was not killed loses none,
 * so if it makes more calls than it records, it has bought something again.
 */
function checkCalls(findings: Findings, { lives = [], mostCallsInFlight = 0, undisturbed }: Evidence): void {
  let lost = 0;
  for (const [index, { modelCalls, recordedCalls }] of lives.entries()) {
    const isLast = index === lives.length - 1;
    const most = isLast ? 0 : mostCallsInFlight;
    const unrecorded = modelCalls - recordedCalls;
    const who = `process ${index + 1} of ${lives.length}`;
    findings.check(
      'I10',
      unrecorded <= most,
      `${who} made ${modelCalls} calls and recorded ${recordedCalls}; ${most} may be lost`,
    );
    findings.check('I10', unrecorded >= 0, `${who} recorded ${recordedCalls} calls and made ${modelCalls}`);
    lost += unrecorded;
  }
  if (undisturbed === undefined || lives.length === 0) return;
  const calls = lives.reduce((sum, { modelCalls }) => sum + modelCalls, 0);
  const again = calls - undisturbed.modelCalls;
  findings.check('I10', again === lost, `${again} calls were made again, and ${lost} were lost by kills`);
}

function checkHoldings(
  findings: Findings,
  { before, after }: { readonly before: Holdings; readonly after: Holdings },
): void {
  for (const name of ['threads', 'files', 'timers'] as const) {
    findings.check('I12', after[name] <= before[name], `${name}: ${before[name]} before, ${after[name]} afterwards`);
  }
  const growth = after.heapBytes - before.heapBytes;
  findings.check('I12', growth <= HEAP_GROWTH_BYTES, `the heap has grown by ${growth} bytes`);
}
