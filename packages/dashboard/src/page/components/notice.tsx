import './notice.css';
import type { ComponentChildren } from 'preact';

/** Something to look at, in words: a finding, a warning, an error. */
export function Notice({
  tone,
  title,
  children,
}: {
  tone: 'info' | 'good' | 'warn' | 'bad';
  /** The first words, in bold. */
  title?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice notice-${tone}`}>
      {title === undefined ? null : <strong>{title}</strong>}
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** What stands where there is nothing yet, and why. */
export function EmptyState({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty-state">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** What stands where something could not be got: the reason, and how to try again. */
export function ErrorState({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <div class="notice notice-bad" role="alert">
      <strong>{message}</strong>
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What stands where something is being fetched. Shown after a moment only, so that nothing flickers. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading muted" role="status">
      {what}
    </p>
  );
}
