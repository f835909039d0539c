const QUOTE = 0x22;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

/**
 * Whether JSON has more than `limit` objects, arrays and keys. They are what costs memory once it is parsed: 3 bytes of `{},` become sixty, so that
 * a body within its limit could take a hundred times of it. Looks at bytes alone, before anything is made of them; what is no JSON is
 * the parser's business.
 */
export function hasMoreJsonNodes(json: Uint8Array, limit: number): boolean {
  // Each takes two bytes at least: `[]`, `{}`, or the quote and the colon of a key. Most bodies end here.
  if (json.length <= 2 * limit) return false;
  let nodes = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === BRACE || byte === BRACKET || byte === COLON) {
      nodes += 1;
      if (nodes > limit) return true;
    }
  }
  return false;
}
