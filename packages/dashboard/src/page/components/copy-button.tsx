import { useEffect, useState } from 'preact/hooks';

/** How long it says that it has copied. */
const SAYS_SO_MS = 2000;

/** Copies a text; one that takes work is made when it is asked for. */
export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), SAYS_SO_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    void copyText(typeof text === 'string' ? text : text()).then((isCopied) =>
      setSaid(isCopied ? 'Copied' : 'Cannot copy'),
    );
  };
  return (
    <button type="button" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}

/** Browsers refuse the clipboard to pages that were not served from this machine or over HTTPS. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
