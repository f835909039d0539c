import './virtual-list.css';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ScrollFrame } from './scroll-frame.tsx';

/** Rows that are drawn above and below what is seen, so that scrolling shows no gap. */
const OVERSCAN = 8;

/**
 * A list of any length of which only what is seen is in the document. All rows are equally high. Scrolls by itself, also by keys.
 */
export function VirtualList({
  label,
  length,
  rowHeight,
  height,
  followsEnd = false,
  row,
}: {
  /** For those who hear the page. */
  label: string;
  /** How many rows there are. */
  length: number;
  /** In pixels. */
  rowHeight: number;
  /** Of the list, in pixels. */
  height: number;
  /** Whether it stays at its end as rows come, as long as nobody has scrolled up. */
  followsEnd?: boolean;
  row: (index: number) => ComponentChildren;
}) {
  const frame = useRef<HTMLElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && followsEnd && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [length, followsEnd]);
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const last = Math.min(length, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return (
    <ScrollFrame
      class="virtual-list"
      label={label}
      frameRef={frame}
      style={{ maxHeight: `${height}px` }}
      onScroll={(element) => {
        isAtEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - rowHeight;
        setScrollTop(element.scrollTop);
      }}
    >
      <ol style={{ height: `${length * rowHeight}px` }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, offset) => {
          const index = first + offset;
          return (
            <li
              key={index}
              aria-setsize={length}
              aria-posinset={index + 1}
              style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
            >
              {row(index)}
            </li>
          );
        })}
      </ol>
    </ScrollFrame>
  );
}
