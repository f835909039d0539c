import type { ComponentChildren, CSSProperties, Ref } from 'preact';

/** Something that scrolls by itself. It takes the focus, so that keys scroll it too. */
export function ScrollFrame({
  label,
  class: className,
  frameRef,
  style,
  onScroll,
  children,
}: {
  /** What is in it, for those who hear the page. */
  label: string;
  class: string;
  frameRef?: Ref<HTMLElement>;
  style?: CSSProperties;
  onScroll?: (element: HTMLElement) => void;
  children: ComponentChildren;
}) {
  return (
    <section
      class={className}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse (WCAG 2.1.1)
      tabIndex={0}
      ref={frameRef ?? null}
      style={style}
      onScroll={({ currentTarget }) => onScroll?.(currentTarget)}
    >
      {children}
    </section>
  );
}
