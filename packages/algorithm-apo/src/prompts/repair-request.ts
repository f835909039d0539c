/**
 * What the editor is told when its prompt cannot be used: it follows the request and the editor's reply in the same conversation.
 * @param problems - what is wrong with the template, a sentence each
 */
export function repairRequest(problems: readonly string[]): string {
  return `The prompt you gave cannot be used, because a program has to fill it in:

${problems.map((problem) => `- ${problem}`).join('\n')}

Correct this and keep everything else. Answer with the complete text of the prompt alone.`;
}
