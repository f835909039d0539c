import { pathToFileURL } from 'node:url';
import { moduleTexts } from '../run-directory/module-tree.ts';

/** A key that is written into a file. Never the key itself. */
export interface LiteralKey {
  /** Relative to the config; `.` is the config itself. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** How the keys of well-known services begin. */
const KEY_PREFIX = /^(?:sk|pk|gsk|xai|hf|ghp|glpat|AIza|AKIA|r8)[-_A-Z]/;
const STRING = /(['"`])((?:Bearer )?[\w./+=~-]{16,})\1/g;
/** What stands before a string that is a secret. */
const SECRET_FIELD =
  /(?:api[-_]?key|authorization|passw(?:or)?d|secret|(?:access|auth|bearer)?[-_]?token)['"`]?\]?\s*[:=]\s*$/i;

/**
 * Finds a key in the text of a config, or of a file that it imports by a relative path: a string that begins as keys of well-known services do, or that is
 * given to a field such as `apiKey` and looks random. A placeholder (`no-key`, `not-needed`) is none, and what is read from the environment is no string.
 */
export function findLiteralKey(configPath: string): LiteralKey | undefined {
  for (const { name, text } of moduleTexts(pathToFileURL(configPath).href)) {
    for (const match of text.matchAll(STRING)) {
      const value = match[2]!.replace(/^Bearer /, '');
      const isKey = KEY_PREFIX.test(value) || SECRET_FIELD.test(text.slice(Math.max(0, match.index - 60), match.index));
      if (isKey && looksRandom(value)) return { file: name, line: text.slice(0, match.index).split('\n').length };
    }
  }
  return undefined;
}

/** Letters and digits without a word that somebody could read: keys have digits among their letters. */
function looksRandom(value: string): boolean {
  return value.length >= 16 && /[a-z]/i.test(value) && (value.match(/\d/g)?.length ?? 0) >= 2;
}
