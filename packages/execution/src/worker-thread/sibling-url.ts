/**
 * URL of a module beside the one at `base`, by its name without extension: `.ts` while the sources run as they are, `.js` once they are
 * built. The compiler rewrites import specifiers only, not URLs.
 */
export const siblingUrl = (name: string, base: string): URL =>
  new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
