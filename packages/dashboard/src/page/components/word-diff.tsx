import { useMemo } from 'preact/hooks';
import { changesOf, diffWords } from './diff-words.ts';
import { countOf, formatCount } from './format.ts';
import { ScrollFrame } from './scroll-frame.tsx';
import './text-block.css';

/** Two texts as one that shows what changed word by word: what is gone is struck through, what is new is underlined. */
export function WordDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const parts = useMemo(() => diffWords(before, after), [before, after]);
  const { added, removed } = changesOf(parts);
  return (
    <div class="word-diff">
      <p class="small muted">
        {added + removed === 0 ? 'The same text' : `${countOf(added, 'word')} added, ${formatCount(removed)} removed`}
      </p>
      <ScrollFrame class="text-block" label={label}>
        <pre>
          {parts.map(({ text, change }, index) => {
            // The parts of a difference have no name but their place.
            const key = index;
            if (change === 'added') return <ins key={key}>{text}</ins>;
            return change === 'removed' ? <del key={key}>{text}</del> : <span key={key}>{text}</span>;
          })}
        </pre>
      </ScrollFrame>
    </div>
  );
}
