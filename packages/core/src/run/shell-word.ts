/** A word of a command line as a shell takes it: quoted if it holds anything that a shell would read. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
