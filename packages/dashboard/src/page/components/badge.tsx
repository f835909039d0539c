import './badge.css';
import type { ComponentChildren } from 'preact';

/** What a badge says besides its words. */
export type BadgeTone = 'neutral' | 'accent' | 'good' | 'bad' | 'warn';

/** A state in a word or two. */
export function Badge({ tone = 'neutral', children }: { tone?: BadgeTone; children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}
