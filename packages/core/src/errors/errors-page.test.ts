import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIGHTNING_ERROR_CODES } from './lightning-error.ts';

const byName = (a: string, b: string): number => a.localeCompare(b);

describe('docs/errors.md', () => {
  it('explains every error code, and no other', () => {
    const text = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
    const explained = [...text.matchAll(/^### `([A-Z_]+)`$/gm)].map((match) => match[1]!);
    expect(explained.toSorted(byName)).toEqual(LIGHTNING_ERROR_CODES.toSorted(byName));
  });

  it('says of each what it means, when it is seen, and what to do', () => {
    const text = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
    const sections = text.split(/^### /m).slice(1);
    for (const section of sections) {
      expect(section).toMatch(/^`([A-Z_]+)`\n\n\*\*Means\*\*\s[\s\S]*\*\*You see it\*\*\s[\s\S]*\*\*Do\*\*\s/);
    }
  });
});
