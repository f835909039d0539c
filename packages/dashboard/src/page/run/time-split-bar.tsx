import './time-split-bar.css';
import type { TimeSplit } from '@agentlightning/core/run';
import { formatDuration, formatShare } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';

const PARTS = [
  ['agentModels', 'agents waiting for models'],
  ['agentCode', 'the agents’ own code'],
  ['agentUnknown', 'rollouts, of which nothing tells more'],
  ['waitingForSlot', 'rollouts waiting for a runner'],
  ['optimizer', 'critic and editor alone'],
  ['framework', 'the framework'],
] as const satisfies readonly (readonly [keyof TimeSplit, string])[];

/** Where the wall time went, and what would have to be faster. */
export function TimeSplitBar({ time }: { time: TimeSplit | null }) {
  if (time === null || time.wall <= 0) {
    return <EmptyState title="Not known yet">The run tells where its time goes as it goes on.</EmptyState>;
  }
  const shown = PARTS.map(([part, words], index) => ({ part, words, seconds: time[part], place: index + 1 })).filter(
    // Of runs that tell all, or of earlier versions.
    ({ part, seconds }) => part !== 'agentUnknown' || seconds > 0,
  );
  return (
    <div class="time-split">
      <div class="time-split-bar" aria-hidden="true">
        {shown.map(({ part, seconds, place }) => (
          <span key={part} class={`time-part-${place}`} style={{ flexGrow: seconds }} />
        ))}
      </div>
      <ul>
        {shown.map(({ part, words, seconds, place }) => (
          <li key={part}>
            <span class={`time-split-key time-part-${place}`} aria-hidden="true" />
            <span class="time-split-figure">{formatShare(seconds / time.wall)}</span>
            <span>{words}</span>
            <span class="muted time-split-figure">{formatDuration(seconds)}</span>
          </li>
        ))}
      </ul>
      <p>{time.bottleneck ?? <span class="muted">Too little is known to name what holds it up.</span>}</p>
    </div>
  );
}
