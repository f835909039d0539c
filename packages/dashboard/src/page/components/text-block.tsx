import { ScrollFrame } from './scroll-frame.tsx';
import './text-block.css';

/** A text of somebody else's — a prompt, a critique, a reply — as it is: line breaks kept, nothing in it is markup. */
export function TextBlock({ text, label }: { text: string; label: string }) {
  return (
    <ScrollFrame class="text-block" label={label}>
      <pre>{text}</pre>
    </ScrollFrame>
  );
}
