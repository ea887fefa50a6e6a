import { isUtf8 } from 'node:buffer';
import type { Body } from './exchange.ts';

/** A cut body may end within a character: up to three of its last bytes are then left out. */
const textOf = (bytes: Buffer, truncated: boolean): string | null => {
  for (let cut = 0; cut <= (truncated ? 3 : 0) && cut <= bytes.length; cut++) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return whole.toString();
  }
  return null;
};

/**
 * The state and text of a captured body. Bytes that are no UTF-8 text can't stand in an event (replaced one by one they
 * would be another text, three times as long): such a body is known by its hash alone.
 */
export const bodyText = (bytes: Buffer, truncated: boolean): Pick<Body, 'state' | 'text'> => {
  const text = textOf(bytes, truncated);
  if (text === null) return { state: 'hashed', text: '' };
  return { state: truncated ? 'truncated' : 'full', text };
};
