import { createHmac, timingSafeEqual } from 'node:crypto';

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

const macOf = (key: Buffer, payload: Uint8Array): Buffer =>
  createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES);

/** Base64url of: format, evidence, bucket, routing sequence (4 bytes), time (6), five length-prefixed strings, MAC. */
export const signExchangeId = (key: Buffer, claims: ExchangeClaims): string => {
  const { agent, rollout, version, arm, nonce } = claims;
  const room = HEAD_BYTES + 5 + 3 * (agent.length + rollout.length + version.length + arm.length + nonce.length);
  const bytes = Buffer.allocUnsafe(room + MAC_BYTES);
  bytes[0] = FORMAT;
  bytes[1] = claims.evidence ? 1 : 0;
  bytes[2] = claims.subjectBucket;
  bytes.writeUInt32BE(claims.routingSequence, 3);
  bytes.writeUIntBE(claims.timeMs, 7, 6);
  let end = HEAD_BYTES;
  for (const text of [agent, rollout, version, arm, nonce]) {
    const written = bytes.write(text, end + 1);
    if (written > 255) throw new Error(`a name of ${written} bytes does not fit an exchange id: ${text.slice(0, 40)}…`);
    bytes[end] = written;
    end += 1 + written;
  }
  macOf(key, bytes.subarray(0, end)).copy(bytes, end);
  return bytes.toString('base64url', 0, end + MAC_BYTES);
};

/** The claims of an id that was signed with this key; null for any other text. */
export const readExchangeId = (key: Buffer, id: string): ExchangeClaims | null => {
  const bytes = Buffer.from(id, 'base64url');
  // Base64url has several spellings of some bytes; only the one that was given out is the exchange's id.
  if (bytes.length < HEAD_BYTES + 5 + MAC_BYTES || bytes.toString('base64url') !== id) return null;
  const payload = bytes.subarray(0, bytes.length - MAC_BYTES);
  if (!timingSafeEqual(macOf(key, payload), bytes.subarray(payload.length)) || payload[0] !== FORMAT) return null;
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
