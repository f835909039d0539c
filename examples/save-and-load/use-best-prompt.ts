// What a deployed agent does: load the prompt once, format it for each request.
import { loadBestPrompt } from 'agentlightning';
import { request } from './request.ts';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('Usage: node use-best-prompt.ts BEST_PROMPT_FILE');
  process.exit(2);
}
const prompt = await loadBestPrompt(path);
console.log(prompt.format(request));
