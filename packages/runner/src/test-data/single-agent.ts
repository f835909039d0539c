import { promptRollout } from '../function-agents.ts';

export const greeting = 'hello';
export const agent = promptRollout((_task, prompt) => prompt.template.length, { moduleUrl: import.meta.url });
