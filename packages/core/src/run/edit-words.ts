/** The texts that APO comes with, in words; others go by their name. */
const CRITIQUES: Readonly<Record<string, string>> = {
  'gradient-general': 'a general critique',
  'gradient-detailed': 'a detailed critique',
  'gradient-concise': 'a concise critique',
};
const EDITS: Readonly<Record<string, string>> = {
  'edit-rewrite': 'a rewrite',
  'edit-conservative': 'a conservative edit',
};

/**
 * How a candidate was made of its parent, in words, as page and report show it: `a detailed critique, then a rewrite` for `gradient-detailed → edit-rewrite`. What is
 * not of this shape stays as it is.
 */
export function editWords(edit: string): string {
  const [, critique, change, repaired] = /^(\S+) → (\S+?)(, repaired)?$/.exec(edit) ?? [];
  if (critique === undefined || change === undefined) return edit;
  const first = CRITIQUES[critique] ?? `a critique by ${critique}`;
  const then = EDITS[change] ?? `an edit by ${change}`;
  return `${first}, then ${then}${repaired === undefined ? '' : ', which was repaired'}`;
}

/** A part of a round's work in words: `edit 1.2`, the second one of the first parent, for `p0-b1`. What is not of this shape stays as it is. */
export function partWords(part: string): string {
  const [, parent, branch] = /^p(\d+)-b(\d+)$/.exec(part) ?? [];
  return parent === undefined ? part : `edit ${Number(parent) + 1}.${Number(branch) + 1}`;
}
