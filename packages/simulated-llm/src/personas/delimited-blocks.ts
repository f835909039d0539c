/** The texts between `<tag>` and `</tag>`, in order, trimmed. Tags of the same name do not nest. */
export function delimitedBlocks(text: string, tag: string): string[] {
  return [...text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => (match[1] ?? '').trim());
}

/** The text without the blocks of any of the tags: what the asker itself says. */
export function withoutBlocks(text: string, tags: readonly string[]): string {
  return tags.reduce((rest, tag) => rest.replace(new RegExp(`<${tag}>[\\s\\S]*?</${tag}>`, 'g'), ' '), text);
}
