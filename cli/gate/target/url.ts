import { createChatEndpoint } from './chat-endpoint.ts';
import { type Target, TargetError } from './target.ts';
import type { Prices } from '../prices.ts';
import type { Mask } from '../secrets.ts';

export type Called = {
  url: string;
  /** Sent as `model`. */
  model: string;
  /** The variable that holds the key, null for none. */
  apiKeyFrom: string | null;
  prices: Prices;
};
export type CallOptions = { timeoutMs: number; env: NodeJS.ProcessEnv; mask: Mask };

const headersFor = ({ apiKeyFrom }: Called, env: NodeJS.ProcessEnv): Record<string, string> => {
  if (apiKeyFrom === null) return {};
  const key = env[apiKeyFrom]?.trim() ?? '';
  if (key === '')
    throw new TargetError(`${apiKeyFrom} is not set, and the plan's apiKeyFrom says that it holds the key`);
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TargetError(`${apiKeyFrom} holds what can't stand in a header`);
  return { authorization: `Bearer ${key}` };
};

/** An agent that is up already, at a base URL of the OpenAI API. What stands behind it may change, so its identity is no content. */
export const openUrl = (called: Called, { timeoutMs, env, mask }: CallOptions): Target => {
  const { url, model } = called;
  const endpoint = createChatEndpoint({ url, model, headers: headersFor(called, env), timeoutMs, mask });
  return {
    name: mask(url),
    identity: JSON.stringify({ url, model }),
    isContent: false,
    isRecorded: false,
    maxRepeats: Number.POSITIVE_INFINITY,
    prices: called.prices,
    ask: ({ request }, _, signal) => endpoint.ask(request, signal),
    close: () => endpoint.close(),
  };
};
