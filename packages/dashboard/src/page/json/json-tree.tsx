import './json-tree.css';
import { useState } from 'preact/hooks';
import { CopyButton } from '../components/copy-button.tsx';
import { countOf, formatCount } from '../components/format.ts';
import { ScrollFrame } from '../components/scroll-frame.tsx';
import { excerptOf } from './excerpt.ts';

/** So many entries of an object or a list are shown before somebody asks for more. */
const ENTRIES_AT_ONCE = 100;
/** Likewise of the characters of a text. */
const CHARACTERS_AT_ONCE = 2000;
/** What is nested deeper is closed until somebody opens it. */
const OPEN_DEPTH = 2;

/** Any JSON as a tree whose branches open and close. Everything in it is text. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  return (
    <div class="json-view">
      <ScrollFrame class="json-frame" label={label}>
        <JsonNode value={value} depth={0} />
      </ScrollFrame>
      <div>
        <CopyButton text={() => textOf(value)} label="Copy JSON" />
      </div>
    </div>
  );
}

function JsonNode({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  if (!isBranch(value)) {
    return (
      <>
        <JsonKey name={name} />
        <JsonLeaf value={value} />
      </>
    );
  }
  return name === undefined ? (
    <JsonEntries value={value} depth={0} />
  ) : (
    <JsonBranch name={name} value={value} depth={depth} />
  );
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function JsonBranch({ name, value, depth }: { name: string; value: object; depth: number }) {
  const [isOpen, setIsOpen] = useState(depth < OPEN_DEPTH);
  const count = Object.keys(value).length;
  const size = Array.isArray(value) ? countOf(count, 'item') : countOf(count, 'field');
  return (
    <>
      <button type="button" aria-expanded={isOpen} aria-label={`${name}: ${size}`} onClick={() => setIsOpen(!isOpen)}>
        {isOpen ? '▾' : '▸'}
      </button>
      <JsonKey name={name} />
      <span class="muted">{isOpen ? size : `${size} · ${excerptOf(value, 80)}`}</span>
      {isOpen ? <JsonEntries value={value} depth={depth} /> : null}
    </>
  );
}

function JsonEntries({ value, depth }: { value: object; depth: number }) {
  const [shown, setShown] = useState(ENTRIES_AT_ONCE);
  const keys = Object.keys(value);
  return (
    <ul>
      {keys.slice(0, shown).map((key) => (
        <li key={key}>
          <JsonNode name={key} value={(value as Readonly<Record<string, unknown>>)[key]} depth={depth + 1} />
        </li>
      ))}
      {keys.length > shown ? (
        <li>
          <button type="button" onClick={() => setShown(shown + ENTRIES_AT_ONCE)}>
            {formatCount(keys.length - shown)} more
          </button>
        </li>
      ) : null}
    </ul>
  );
}

function JsonKey({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span class="json-key">{name}: </span>;
}

function JsonLeaf({ value }: { value: unknown }) {
  const [isWhole, setIsWhole] = useState(false);
  if (typeof value !== 'string') {
    return <span class="json-figure">{JSON.stringify(value)}</span>;
  }
  if (isWhole || value.length <= CHARACTERS_AT_ONCE)
    return <span class="json-text">{value === '' ? '""' : value}</span>;
  return (
    <>
      <span class="json-text">{value.slice(0, CHARACTERS_AT_ONCE)}</span>
      <button type="button" onClick={() => setIsWhole(true)}>
        … {formatCount(value.length - CHARACTERS_AT_ONCE)} characters more
      </button>
    </>
  );
}

function textOf(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
