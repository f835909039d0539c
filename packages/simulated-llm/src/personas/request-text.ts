import type { ChatMessage, ChatRequest } from '../chat/chat-request.ts';

/** What the asker says: the system, developer and user messages, a line apart. */
export function requestText({ messages }: ChatRequest): string {
  return messages
    .filter(isAsking)
    .map(({ content }) => content)
    .join('\n');
}

function isAsking({ role }: Pick<ChatMessage, 'role'>): boolean {
  return role === 'system' || role === 'developer' || role === 'user';
}
