import { createCipheriv, createDecipheriv, hash, timingSafeEqual } from 'node:crypto';

/** What an exchange id says of its exchange, so that feedback needs no join. */
export type ExchangeClaims = {
  agent: string;
  rollout: string;
  routingSequence: number;
  version: string;
  arm: string;
  /** True if the arm was drawn at random and gave the answer itself. */
  evidence: boolean;
  subjectBucket: number;
  /** Who asked, in 48 bits (admission/caller-tag.ts). */
  caller: number;
  /** When the answer began, epoch milliseconds. */
  timeMs: number;
};

const FORMAT = 3;
/** AES' block. */
const UNIT_BYTES = 16;
/** Unlike by chance for each stretch of the stream: two alike are to be feared after 2^40 of them (NIST SP 800-38D, section 8.3). */
const NONCE_BYTES = 12;
/** Format, nonce, place in units. */
const OPEN_BYTES = 1 + NONCE_BYTES + 2;
/** Made at once, for some five hundred ids: a Cipher object for each would take longer than all the rest. */
const STRETCH_BYTES = 65_536;
const NO_BYTES = Buffer.alloc(STRETCH_BYTES);
/** HMAC-SHA-256 cut to 96 bits (RFC 2104, section 5, asks for at least half the hash or 80 bits). */
const MAC_BYTES = 12;
const FIXED_BYTES = 18;
const NAMES = 4;
/** No id is longer: whoever sends one has no more of it hashed. */
const MAX_BYTES = 2_048;
/** SHA-256's block and digest. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** What is made once of a signing key: RFC 2104's two blocks, the outer one with room for a digest, and the key that hides. */
type Keys = { inner: Buffer; outer: Buffer; hiding: Buffer };
const byKey = new WeakMap<Buffer, Keys>();

const keysOf = (key: Buffer): Keys => {
  const known = byKey.get(key);
  if (known !== undefined) return known;
  const block = Buffer.alloc(BLOCK_BYTES);
  (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  outer.set(block.map((byte) => byte ^ 0x5c));
  const hiding = hash('sha256', Buffer.concat([key, Buffer.from('\0claims of exchange ids')]), 'buffer');
  const keys = { inner: Buffer.from(block.map((byte) => byte ^ 0x36)), outer, hiding };
  byKey.set(key, keys);
  return keys;
};

/**
 * The MAC as Latin-1 text, of a message that stands behind the key's inner block. HMAC by two one-shot hashes takes a
 * third of the time of an Hmac object, and every request needs one.
 */
const macOf = ({ outer }: Keys, blockAndMessage: Uint8Array): string => {
  outer.write(hash('sha256', blockAndMessage, 'binary'), BLOCK_BYTES, 'latin1');
  return hash('sha256', outer, 'binary').slice(0, MAC_BYTES);
};

/** Writes a text behind its length; returns where it ends. */
const writeText = (bytes: Buffer, at: number, text: string): number => {
  const written = bytes.write(text, at + 1);
  if (written > 255) throw new Error(`a name of ${written} bytes does not fit an exchange id: ${text.slice(0, 40)}…`);
  bytes[at] = written;
  return at + 1 + written;
};

/** AES-256-CTR's counter block: the nonce, then how many units came before (NIST SP 800-38A, appendix B.2). */
const counterOf = (nonce: Uint8Array, unit: number): Buffer => {
  const counter = Buffer.alloc(UNIT_BYTES);
  counter.set(nonce);
  counter.writeUInt32BE(unit, NONCE_BYTES);
  return counter;
};

/** Signs an id. `namesBytes` is the least that version and arm take together. */
export type SignExchangeId = (claims: ExchangeClaims, namesBytes: number) => string;

/**
 * Base64url of: format (1 byte), nonce (12), place in its stretch of key stream (2), hidden claims, MAC of all that. Claims are
 * evidence, bucket, routing sequence (4 bytes), time (6), caller (6), four length-prefixed names, zeros. No place is used twice, so no two
 * ids are alike, and nobody without the key can tell a version or an arm by an id: not by its text, nor by its length, as long as
 * `namesBytes` is the same for all of a routing view.
 * @param draw so many bytes by chance.
 */
export const createIdSigner = (key: Buffer, draw: (bytes: number) => Buffer): SignExchangeId => {
  const keys = keysOf(key);
  /** Each id is made in here, so that none leaves a buffer of its own behind. */
  const bytes = Buffer.alloc(BLOCK_BYTES + MAX_BYTES);
  keys.inner.copy(bytes);
  bytes[BLOCK_BYTES] = FORMAT;
  let nonce: Buffer = NO_BYTES;
  let stretch: Buffer = NO_BYTES;
  let usedBytes = STRETCH_BYTES;

  /** Where in the stretch so many bytes begin that nobody used. */
  const take = (count: number): number => {
    if (usedBytes + count > STRETCH_BYTES) {
      nonce = draw(NONCE_BYTES);
      stretch = createCipheriv('aes-256-ctr', keys.hiding, counterOf(nonce, 0)).update(NO_BYTES);
      usedBytes = 0;
    }
    const from = usedBytes;
    usedBytes += Math.ceil(count / UNIT_BYTES) * UNIT_BYTES;
    return from;
  };

  return (claims, namesBytes) => {
    const { agent, rollout, version, arm } = claims;
    const hidden = BLOCK_BYTES + OPEN_BYTES;
    bytes[hidden] = claims.evidence ? 1 : 0;
    bytes[hidden + 1] = claims.subjectBucket;
    bytes.writeUInt32BE(claims.routingSequence, hidden + 2);
    bytes.writeUIntBE(claims.timeMs, hidden + 6, 6);
    bytes.writeUIntBE(claims.caller, hidden + 12, 6);
    const namesEnd = writeText(bytes, writeText(bytes, hidden + FIXED_BYTES, version), arm);
    let end = writeText(bytes, writeText(bytes, namesEnd, agent), rollout);
    const padding = namesBytes - (namesEnd - hidden - FIXED_BYTES - 2);
    if (padding > 0) bytes.fill(0, end, (end += padding));
    const from = take(end - hidden);
    nonce.copy(bytes, BLOCK_BYTES + 1);
    bytes.writeUInt16BE(from / UNIT_BYTES, hidden - 2);
    for (let i = hidden, at = from; i < end; i += 1, at += 1) bytes[i]! ^= stretch[at]!;
    bytes.write(macOf(keys, bytes.subarray(0, end)), end, 'latin1');
    return bytes.toString('base64url', BLOCK_BYTES, end + MAC_BYTES);
  };
};

/** The claims of an id that was signed with this key; null for any other text. */
export const readExchangeId = (key: Buffer, id: string): ExchangeClaims | null => {
  const bytes = Buffer.from(id, 'base64url');
  const isSound = bytes.length >= OPEN_BYTES + FIXED_BYTES + NAMES + MAC_BYTES && bytes.length <= MAX_BYTES;
  if (!isSound || bytes[0] !== FORMAT) return null;
  // Base64url has several spellings of some bytes; only the one that was given out is the exchange's id.
  if (bytes.toString('base64url') !== id) return null;
  const keys = keysOf(key);
  const signed = bytes.subarray(0, bytes.length - MAC_BYTES);
  const mac = Buffer.from(macOf(keys, Buffer.concat([keys.inner, signed])), 'latin1');
  if (!timingSafeEqual(mac, bytes.subarray(signed.length))) return null;
  const counter = counterOf(signed.subarray(1, 1 + NONCE_BYTES), signed.readUInt16BE(OPEN_BYTES - 2));
  const claims = createDecipheriv('aes-256-ctr', keys.hiding, counter).update(signed.subarray(OPEN_BYTES));
  const texts: string[] = [];
  for (let at = FIXED_BYTES; texts.length < NAMES; at += 1 + claims[at]!) {
    texts.push(claims.toString('utf8', at + 1, at + 1 + claims[at]!));
  }
  const [version, arm, agent, rollout] = texts as [string, string, string, string];
  return {
    agent,
    rollout,
    routingSequence: claims.readUInt32BE(2),
    version,
    arm,
    timeMs: claims.readUIntBE(6, 6),
    caller: claims.readUIntBE(12, 6),
    evidence: claims[0] === 1,
    subjectBucket: claims[1]!,
  };
};
