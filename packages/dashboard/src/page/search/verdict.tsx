import './verdict.css';
import {
  CHOSEN_BY_CAVEAT,
  type HeldOutReport,
  type PairedDifference,
  type RunView,
  type Score as TestScore,
  whyBest,
} from '@agentlightning/core/run';
import { formatCount, formatDifference, formatProbability, formatScore } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { Score, ScoreLabelBadge } from '../components/score.tsx';
import { Panel } from '../components/view-layout.tsx';
import { isOver } from '../shell/status-text.ts';

const VERDICTS: Readonly<Record<HeldOutReport['verdict'], string>> = {
  better: 'Better on tasks that the search never saw',
  worse: 'Worse on tasks that the search never saw',
  'not-distinguishable': 'No significant difference on tasks that the search never saw',
  same: 'The best prompt is the one the search began with',
  incomplete: 'No comparison: some held-out tasks have no result',
};

/** Whether the best prompt is better than the first one: by the held-out tasks, and before they are read, by the scores that the search chose by. */
export function Verdict({ view }: { view: RunView }) {
  const { heldOut } = view;
  return (
    <Panel id="verdict" title="Verdict" class="verdict" beside={<ScoreLabelBadge />}>
      {heldOut === null ? <NoVerdict view={view} /> : <HeldOutVerdict report={heldOut} version={view.best?.version} />}
      {heldOut === null ? null : <WhyBest view={view} />}
    </Panel>
  );
}

function HeldOutVerdict({ report, version }: { report: HeldOutReport; version: string | undefined }) {
  const { verdict, difference, best, initial } = report;
  return (
    <>
      <p class={`verdict-words verdict-${verdict}`}>{VERDICTS[verdict]}</p>
      {difference === null || verdict === 'same' ? null : (
        <>
          <p>
            <strong class="verdict-figure">{formatDifference(difference.mean)}</strong>{' '}
            <span class="muted small">
              95 % {difference.interval.map(formatDifference).join(' – ')} · {formatProbability(difference.pValue)} ·
              n&nbsp;=&nbsp;{formatCount(best.n)}, paired
            </span>
          </p>
          <WinTieLoss difference={difference} />
          {verdict !== 'not-distinguishable' || difference.tasksNeeded === null ? null : (
            <p>About {formatCount(difference.tasksNeeded)} tasks would tell a difference of this size.</p>
          )}
        </>
      )}
      <dl class="verdict-scores">
        <div>
          <dt>{version ?? 'best'}</dt>
          <dd>
            <HeldOutScore score={best} />
          </dd>
        </div>
        <div>
          <dt>first</dt>
          <dd>
            <HeldOutScore score={initial} />
          </dd>
        </div>
      </dl>
    </>
  );
}

/** Why the best candidate won the search, in words. */
export function WhyBest({ view }: { view: RunView }) {
  const reason = whyBest(view);
  return reason === null ? null : <p class="muted small">{reason}</p>;
}

function HeldOutScore({ score }: { score: TestScore }) {
  return <Score score={score.mean} interval={score.interval} tasks={score.n} />;
}

function WinTieLoss({ difference: { wins, ties, losses } }: { difference: PairedDifference }) {
  return (
    <div class="win-tie-loss">
      <div class="win-tie-loss-bar" aria-hidden="true">
        <span class="is-win" style={{ flexGrow: wins }} />
        <span class="is-tie" style={{ flexGrow: ties }} />
        <span class="is-loss" style={{ flexGrow: losses }} />
      </div>
      <p class="small">
        <span class="win-words">+ {formatCount(wins)} better</span> · = {formatCount(ties)} same ·{' '}
        <span class="loss-words">− {formatCount(losses)} worse</span>
      </p>
    </div>
  );
}

function NoVerdict({ view }: { view: RunView }) {
  const { best, firstScore, heldOutRollouts } = view;
  // Where there was nothing to choose from, nothing was chosen by luck.
  const compared = view.candidates.filter(({ validation }) => validation?.score != null).length;
  if (best === null) {
    return <EmptyState title="No validation yet">The first is that of the prompt the search begins with.</EmptyState>;
  }
  return (
    <>
      <p>
        <Score isLarge score={best.score} interval={best.interval} tasks={best.tasks} />
      </p>
      <p>
        {best.version} is the best so far on the validation set
        {firstScore === null ? '' : `, which began at ${formatScore(firstScore)}`}.
        {compared > 1 ? ` Its score there is ${CHOSEN_BY_CAVEAT}.` : ''}
      </p>
      <p class="muted">{whenItComes(view, heldOutRollouts)}</p>
    </>
  );
}

function whenItComes(view: RunView, heldOutRollouts: number): string {
  if (heldOutRollouts === 0) return 'There is no verdict without held-out tasks: give the run a test set.';
  if (isOver(view)) return 'The run ended before it read the held-out tasks.';
  return `The verdict comes at the end, from ${formatCount(heldOutRollouts / 2)} tasks that the search never sees.`;
}
