import { hash, timingSafeEqual } from 'node:crypto';

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
  /** When the answer began, epoch milliseconds. */
  timeMs: number;
  /** Unique within the ingresses that share a secret. */
  nonce: string;
};

const FORMAT = 1;
/** HMAC-SHA-256 cut to 96 bits (RFC 2104, section 5, asks for at least half the hash or 80 bits). */
const MAC_BYTES = 12;
const HEAD_BYTES = 13;
/** SHA-256's block and digest. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

type Pads = { inner: Buffer; outer: Buffer };
const padsByKey = new WeakMap<Buffer, Pads>();

/** The key's two blocks of RFC 2104, section 2, made once per key; behind the outer one there is room for a digest. */
const padsOf = (key: Buffer): Pads => {
  const known = padsByKey.get(key);
  if (known !== undefined) return known;
  const block = Buffer.alloc(BLOCK_BYTES);
  (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  outer.set(block.map((byte) => byte ^ 0x5c));
  const pads = { inner: Buffer.from(block.map((byte) => byte ^ 0x36)), outer };
  padsByKey.set(key, pads);
  return pads;
};

/**
 * The MAC as Latin-1 text, of a message that stands behind the key's inner block. HMAC by two one-shot hashes takes a
 * third of the time of an Hmac object, and every request needs one.
 */
const macOf = ({ outer }: Pads, blockAndMessage: Uint8Array): string => {
  outer.write(hash('sha256', blockAndMessage, 'binary'), BLOCK_BYTES, 'latin1');
  return hash('sha256', outer, 'binary').slice(0, MAC_BYTES);
};

/** Base64url of: format, evidence, bucket, routing sequence (4 bytes), time (6), five length-prefixed strings, MAC. */
export const signExchangeId = (key: Buffer, claims: ExchangeClaims): string => {
  const { agent, rollout, version, arm, nonce } = claims;
  const pads = padsOf(key);
  const room = HEAD_BYTES + 5 + 3 * (agent.length + rollout.length + version.length + arm.length + nonce.length);
  const bytes = Buffer.allocUnsafe(BLOCK_BYTES + room + MAC_BYTES);
  pads.inner.copy(bytes);
  bytes[BLOCK_BYTES] = FORMAT;
  bytes[BLOCK_BYTES + 1] = claims.evidence ? 1 : 0;
  bytes[BLOCK_BYTES + 2] = claims.subjectBucket;
  bytes.writeUInt32BE(claims.routingSequence, BLOCK_BYTES + 3);
  bytes.writeUIntBE(claims.timeMs, BLOCK_BYTES + 7, 6);
  let end = BLOCK_BYTES + HEAD_BYTES;
  for (const text of [agent, rollout, version, arm, nonce]) {
    const written = bytes.write(text, end + 1);
    if (written > 255) throw new Error(`a name of ${written} bytes does not fit an exchange id: ${text.slice(0, 40)}…`);
    bytes[end] = written;
    end += 1 + written;
  }
  bytes.write(macOf(pads, bytes.subarray(0, end)), end, 'latin1');
  return bytes.toString('base64url', BLOCK_BYTES, end + MAC_BYTES);
};

/** The claims of an id that was signed with this key; null for any other text. */
export const readExchangeId = (key: Buffer, id: string): ExchangeClaims | null => {
  const bytes = Buffer.from(id, 'base64url');
  // Base64url has several spellings of some bytes; only the one that was given out is the exchange's id.
  if (bytes.length < HEAD_BYTES + 5 + MAC_BYTES || bytes.toString('base64url') !== id) return null;
  const payload = bytes.subarray(0, bytes.length - MAC_BYTES);
  const pads = padsOf(key);
  const mac = Buffer.from(macOf(pads, Buffer.concat([pads.inner, payload])), 'latin1');
  if (!timingSafeEqual(mac, bytes.subarray(payload.length)) || payload[0] !== FORMAT) return null;
  const texts: string[] = [];
  for (let at = HEAD_BYTES; at < payload.length; at += 1 + payload[at]!) {
    texts.push(payload.toString('utf8', at + 1, at + 1 + payload[at]!));
  }
  const [agent, rollout, version, arm, nonce] = texts as [string, string, string, string, string];
  const routingSequence = payload.readUInt32BE(3);
  const timeMs = payload.readUIntBE(7, 6);
  return {
    agent,
    rollout,
    routingSequence,
    version,
    arm,
    timeMs,
    nonce,
    evidence: payload[1] === 1,
    subjectBucket: payload[2]!,
  };
};
