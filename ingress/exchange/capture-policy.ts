import { createHmac, hash } from 'node:crypto';
import type { CaptureMode } from '../../schemas/exchange.ts';
import type { CapturePolicy } from '../../schemas/ingress-policy.ts';
import { factsOfAnswer } from './finished-exchange.ts';
import type { ExchangeEntry } from './journal-record.ts';
import type { CapturedBody } from './exchange-head.ts';

const NO_BYTES = Buffer.alloc(0);
const NO_BODIES: ExchangeEntry['bodies'] = [NO_BYTES, NO_BYTES, NO_BYTES];

/** A share from 0 to 100, the same for the same exchange whoever asks; salted, so that it goes with no other draw. */
const shareOf = (exchangeId: string): number =>
  (hash('sha256', `capture|${exchangeId}`, 'buffer').readUInt32BE(0) / 2 ** 32) * 100;

/** How an exchange is captured: as its agent's policy says, or not at all if it is not in the sample. */
export const captureModeOf = ({ mode, samplePct }: CapturePolicy, exchangeId: string): CaptureMode =>
  samplePct >= 100 || mode === 'none' || shareOf(exchangeId) < samplePct ? mode : 'none';

/**
 * HMAC-SHA-256 in hex over `body|` and the body's SHA-256 in hex. Over the hash and not the body, so that a body has the
 * same one whether or not it was longer than what is kept; with a prefix that no other text under this key has.
 */
const keyedHash = (key: Buffer, { truncated, sha256 }: CapturedBody, bytes: Buffer): string =>
  createHmac('sha256', key)
    .update(`body|${truncated ? sha256 : hash('sha256', bytes, 'hex')}`)
    .digest('hex');

/**
 * An exchange as it may be written to disk. `full` and `redacted` keep the bodies (personal data is taken out later, by the
 * publisher); `hash` keeps of each body a keyed hash, `none` nothing. Of these two neither metadata nor the path's query is
 * kept; tokens, cost and an error in the answer's words are read first, since metrics are made of them. Takes `entry` over.
 */
export const underPolicy = (entry: ExchangeEntry, mode: CaptureMode, key: Buffer): ExchangeEntry => {
  const { head, bodies } = entry;
  if (mode === 'full' || mode === 'redacted') {
    // Every request comes by here: the entry is the caller's own, and a copy would be garbage.
    head.capture = mode;
    return entry;
  }
  const keyed = (body: CapturedBody, bytes: Buffer): CapturedBody => ({
    ...body,
    sha256: mode === 'hash' ? keyedHash(key, body, bytes) : '',
  });
  const query = head.path.indexOf('?');
  return {
    kind: 'exchange',
    head: {
      ...head,
      ...factsOfAnswer(entry),
      capture: mode,
      path: query < 0 ? head.path : head.path.slice(0, query),
      metadata: {},
      request: keyed(head.request, bodies[0]),
      response: keyed(head.response, bodies[1]),
    },
    bodies: NO_BODIES,
  };
};
