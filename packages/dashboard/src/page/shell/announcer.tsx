import { useEffect, useRef, useState } from 'preact/hooks';
import { formatScore } from '../components/format.ts';
import { useFeed } from '../feed/use-feed.ts';
import { isOver, runState } from './status-text.ts';

/** Tells those who hear the page what they would not want to miss, and no more: a round began, there is a better prompt, the run ended, the server is back. */
export function Announcer() {
  const { view, isCaughtUp, connection } = useFeed();
  const [said, setSaid] = useState('');
  const round = view.round;
  const best = view.best?.version;
  const over = isOver(view);
  const kind = connection.kind;
  const before = useRef<{ round: number; best: string | undefined; over: boolean; wasGone: boolean }>(undefined);
  useEffect(() => {
    if (!isCaughtUp) return;
    const known = before.current;
    before.current = { round, best, over, wasGone: kind === 'gone' };
    // What was so when the page was opened is on the page.
    if (known === undefined) return;
    if (over !== known.over && over) setSaid(`The run has ended: ${runState(view).word}`);
    else if (known.wasGone && kind === 'live') setSaid('The server is back');
    else if (best !== known.best && view.best !== null)
      setSaid(`Best so far: ${best}, ${formatScore(view.best.score)}`);
    else if (round !== known.round) setSaid(`Round ${round} of ${view.rounds} begins`);
  }, [round, best, over, kind, isCaughtUp]);
  return (
    <p class="visually-hidden" role="status">
      {said}
    </p>
  );
}
