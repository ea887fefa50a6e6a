import type { Body } from './exchange.ts';

/** A cut body may end within a character, which a streaming decoder holds back. */
const textOf = (bytes: Uint8Array, truncated: boolean): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
};

/**
 * The state and text of a captured body. Bytes that are no UTF-8 text can't stand in an event (replaced one by one they
 * would be another text, three times as long): such a body is known by its hash alone.
 */
export const bodyText = (bytes: Uint8Array, truncated: boolean): Pick<Body, 'state' | 'text'> => {
  const text = textOf(bytes, truncated);
  if (text === null) return { state: 'hashed', text: '' };
  return { state: truncated ? 'truncated' : 'full', text };
};
