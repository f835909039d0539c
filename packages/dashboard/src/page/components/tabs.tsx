import './tabs.css';
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

/** One of the things that {@link Tabs} shows. */
export interface Tab {
  readonly id: string;
  readonly title: ComponentChildren;
}

/** Shows one of several things. Arrow keys, Home and End go from one to the next. */
export function Tabs({
  label,
  tabs,
  selected,
  onSelect,
  children,
}: {
  /** What there is to choose from, for those who hear the page. */
  label: string;
  tabs: readonly Tab[];
  /** The `id` of one of the tabs. */
  selected: string;
  onSelect: (id: string) => void;
  /** The content of the selected tab. */
  children: ComponentChildren;
}) {
  const own = useId();
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    tabs.findIndex(({ id }) => id === selected),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const position = (next + tabs.length) % tabs.length;
    onSelect(tabs[position]!.id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[position]?.focus();
  };
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ id, title }, position) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${own}-tab-${position}`}
            aria-selected={position === index}
            aria-controls={`${own}-panel`}
            tabIndex={position === index ? 0 : -1}
            onClick={() => onSelect(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${own}-panel`} aria-labelledby={`${own}-tab-${index}`}>
        {children}
      </div>
    </div>
  );
}

/** Chooses one of a few values, each a button that stays pressed. */
export function Choice<T extends string>({
  label,
  options,
  selected,
  onSelect,
}: {
  label: string;
  options: readonly (readonly [value: T, title: string])[];
  selected: T;
  onSelect: (value: T) => void;
}) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{label}</legend>
      {options.map(([value, title]) => (
        <button key={value} type="button" aria-pressed={value === selected} onClick={() => onSelect(value)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}
