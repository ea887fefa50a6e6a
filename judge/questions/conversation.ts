import type { ChatRequest } from '../answers/chat.ts';

/** What user and assistant said to each other before the answer, in order; what has no text is left out. */
export const conversationOf = ({ messages }: ChatRequest): { role: string; content: string }[] =>
  messages
    .filter(({ role, text }) => (role === 'user' || role === 'assistant') && text.trim() !== '')
    .map(({ role, text }) => ({ role, content: text }));
