import { delimitedBlocks, withoutBlocks } from '../delimited-blocks.ts';

/** What an editor is asked for. */
export interface EditRequest {
  readonly prompt: string;
  readonly critique: string;
  /** What the asker says besides. */
  readonly instructions: string;
}

/** Agent Lightning for Python asks this way: Markdown headings of any level, the critique last. */
const headings = /^#{1,6}[ \t]+prompt(?:[ \t]+template)?[ \t]*$([\s\S]*?)^#{1,6}[ \t]+critique[ \t]*$([\s\S]*)/im;

/**
 * Takes a request apart: the prompt and the critique between tags of these names, the last of each, or else under headings of these
 * names. What is in neither place is empty.
 */
export function readEditRequest(text: string): EditRequest {
  const prompt = delimitedBlocks(text, 'prompt').at(-1);
  const critique = delimitedBlocks(text, 'critique').at(-1);
  const headed = prompt === undefined && critique === undefined ? headings.exec(text) : null;
  if (headed !== null) {
    const [, underPrompt = '', underCritique = ''] = headed;
    return { prompt: underPrompt.trim(), critique: underCritique.trim(), instructions: text.slice(0, headed.index) };
  }
  return {
    prompt: prompt ?? '',
    critique: critique ?? '',
    instructions: withoutBlocks(text, ['prompt', 'critique']),
  };
}
