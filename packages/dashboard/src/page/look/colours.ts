import { useEffect, useState } from 'preact/hooks';

/** Colours by the names of their tokens, as a canvas takes them. */
export type Colours = Readonly<Record<string, string>>;

/** The values of tokens as the page is now, light or dark; a component that uses them is drawn again when that changes. */
export function useColours(...tokens: readonly string[]): Colours {
  const names = tokens.join(' ');
  const [colours, setColours] = useState<Colours>(() => readColours(names));
  useEffect(() => {
    const read = () => setColours(readColours(names));
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', read);
    const chosen = new MutationObserver(read);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', read);
      chosen.disconnect();
    };
  }, [names]);
  return colours;
}

/** A token holds `light-dark(…)`, which only a property of an element resolves. */
function readColours(names: string): Colours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colours = Object.fromEntries(
    names.split(' ').map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colours;
}
