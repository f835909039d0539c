import './header.css';
import { endedRollouts } from '@agentlightning/core/run';
import { useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { useRunDetails } from '../feed/run-details.ts';
import { useFeed } from '../feed/use-feed.ts';
import iconUrl from '../icon.svg';
import { applyTheme, storedTheme, THEMES, type Theme } from '../look/theme.ts';
import { routeHash, VIEWS, type View } from '../route.ts';
import { isOver, runState, statusText } from './status-text.ts';
import { TITLES } from './titles.ts';

const THEME_TITLES: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

/** Which run it is, where it stands, and the way to each view. */
export function Header({ current }: { current: View | null }) {
  const { connection } = useFeed();
  return (
    <header class="page-header">
      <div class="page-header-line">
        <a class="brand" href={routeHash({ view: 'search' })}>
          <img src={iconUrl} alt="" width="22" height="22" />
          <span class="brand-name">Agent Lightning</span>
        </a>
        {connection.kind === 'no-run' ? null : <RunName />}
        <ThemeSwitch />
      </div>
      {connection.kind === 'no-run' ? null : <RunStatus />}
      <nav class="page-nav" aria-label="Views">
        {VIEWS.map((view) => (
          <a key={view} href={routeHash({ view })} aria-current={view === current ? 'page' : undefined}>
            {TITLES[view]}
          </a>
        ))}
      </nav>
    </header>
  );
}

function RunName() {
  const { view } = useFeed();
  return (
    <span class="run-name">
      <code title={view.runDirectory ?? undefined}>{view.runId ?? '…'}</code>
      <ScoreLabelBadge isLoud />
    </span>
  );
}

function RunStatus() {
  const { view, isCaughtUp, connection, entryCount } = useFeed();
  const details = useRunDetails();
  const { word, tone } = runState(view, details?.status);
  const isGone = connection.kind === 'gone';
  const ended = endedRollouts(view);
  return (
    <div class="run-status">
      <Badge tone={isGone && !isOver(view) ? 'neutral' : tone}>{isGone && !isOver(view) ? `was ${word}` : word}</Badge>
      <span class="run-status-text">
        {isCaughtUp || entryCount === 0 ? statusText(view) : `reading what happened so far … ${statusText(view)}`}
      </span>
      <progress
        class="run-progress"
        aria-label="Rollouts that have ended"
        max={Math.max(1, isOver(view) ? ended : (view.plannedRollouts ?? 0))}
        value={ended}
      />
    </div>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: string) => {
    const next = THEMES.find((other) => other === chosen) ?? 'system';
    applyTheme(next);
    setTheme(next);
  };
  return (
    <select
      class="theme-switch"
      aria-label="Colours of the page"
      value={theme}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      {THEMES.map((value) => (
        <option key={value} value={value}>
          {THEME_TITLES[value]}
        </option>
      ))}
    </select>
  );
}
