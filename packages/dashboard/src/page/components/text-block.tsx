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

/** A link to where somebody else's text says, if that is a web page; otherwise the text. */
export function SafeLink({ href }: { href: string }) {
  return /^https?:\/\//i.test(href) ? (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {href}
    </a>
  ) : (
    <span>{href}</span>
  );
}
