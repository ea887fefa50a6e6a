import { readFileSync } from 'node:fs';
import type { ChatServerOptions } from '../chat-api/chat-server.ts';
import { estimateTokens } from '../chat-api/completion.ts';
import { answer, HABITS } from './agent.ts';
import type { Options } from './options.ts';
import { readOrders } from './orders.ts';

/** The support agent as a chat server: the behaviour decides every answer, the version is only a label on it. */
export function supportServer({ version, behaviour, latencyScale }: Omit<Options, 'port'>): ChatServerOptions {
  const orders = readOrders();
  const prompt = readFileSync(new URL(`./prompts/${HABITS[behaviour].promptFile}`, import.meta.url), 'utf8');
  return {
    model: `support@${version}`,
    fingerprint: version,
    systemTokens: estimateTokens(prompt),
    reply: (request) => {
      const reply = answer(request, behaviour, orders);
      if ('failure' in reply) {
        return { failure: { ...reply.failure, latencyMs: (reply.failure.latencyMs ?? 0) * latencyScale } };
      }
      return { answer: { ...reply.answer, latencyMs: reply.answer.latencyMs * latencyScale } };
    },
  };
}
