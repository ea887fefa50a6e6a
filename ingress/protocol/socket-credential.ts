import { KEY_PREFIX } from '../../schemas/api-key.ts';

/** A browser can set no headers on a WebSocket, so OpenAI's clients offer the key as one more subprotocol. */
const INSECURE_KEY = 'openai-insecure-api-key.';

/** The key in the name of a subprotocol: what OpenAI's clients mark as one, and whatever looks like ours. Undefined if there is none. */
const keyIn = (protocol: string): string | undefined => {
  const ours = protocol.indexOf(KEY_PREFIX);
  if (ours >= 0) return protocol.slice(ours);
  return protocol.toLowerCase().startsWith(INSECURE_KEY) ? protocol.slice(INSECURE_KEY.length) : undefined;
};

/** The key among the subprotocols of a handshake's `sec-websocket-protocol`; of several, one that looks like ours. */
export const offeredKey = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const keys = header.split(',').flatMap((protocol) => keyIn(protocol.trim()) || []);
  return keys.find((key) => key.startsWith(KEY_PREFIX)) ?? keys[0];
};

/** The subprotocols that a version may hear of and choose from: all but those that are keys. */
export const withoutKeys = (protocols: readonly string[]): string[] =>
  protocols.filter((protocol) => keyIn(protocol) === undefined);
