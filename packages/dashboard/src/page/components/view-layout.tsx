import './view-layout.css';
import type { ComponentChildren } from 'preact';

/** A view: its heading, what belongs beside it, and its content. The heading takes the focus when the view is opened. */
export function ViewLayout({
  title,
  beside,
  children,
}: {
  title: string;
  /** Beside the heading: a count, filters. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="view">
      <div class="view-heading">
        <h1 id="view-title" tabIndex={-1}>
          {title}
        </h1>
        {beside}
      </div>
      {children}
    </div>
  );
}

/** A part of a view, with a heading of its own, on a surface. */
export function Panel({
  title,
  beside,
  id,
  class: className = '',
  children,
}: {
  title: string;
  /** Beside the heading. */
  beside?: ComponentChildren;
  /** Unique in the page. */
  id: string;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`panel ${className}`} id={id} aria-labelledby={`${id}-title`}>
      <div class="panel-heading">
        <h2 id={`${id}-title`}>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

/** Names and values, one under the other. Entries without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
