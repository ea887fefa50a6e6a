import type { Outcome } from '../../schemas/exchange.ts';
import type { ApiError } from './error-envelope.ts';

/** How a WebSocket connection ended. RFC 6455, section 7.4; 1012 to 1014 are in IANA's registry of close codes. */
export type Close = { code: number; reason: string };

export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  invalidData: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  missingExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
} as const;

/** A close frame has 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

/** Codes that may stand in a close frame: 1004 to 1006 and 1015 never do, 1016 to 2999 are not given out yet. */
export const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);

/** A reason that fits its frame, cut between characters. */
export const clippedReason = (reason: string): string => {
  if (Buffer.byteLength(reason) <= MAX_REASON_BYTES) return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
};

/** What the one side is told of the other's end: `null` is a close frame without a code. */
const passedOn = ({ code, reason }: Close, lost: Close): Close | null => {
  if (code === CLOSE.noStatus) return null;
  return isSendable(code) ? { code, reason: clippedReason(reason) } : lost;
};

/** 1011 and not 1014 for a lost upstream, because some client libraries still take 1014 for a violation. */
export const closeForClient = (ofUpstream: Close): Close | null =>
  passedOn(ofUpstream, { code: CLOSE.internalError, reason: 'the version behind this agent broke off' });

export const closeForUpstream = (ofClient: Close): Close | null =>
  passedOn(ofClient, { code: CLOSE.goingAway, reason: 'the client is gone' });

/** What a client is told whose turn was refused: to try again later, or that it may not. */
export const closeForRefused = ({ status, message }: ApiError): Close => ({
  code: status === 429 || status === 503 ? CLOSE.tryAgainLater : CLOSE.policyViolation,
  reason: clippedReason(message),
});

/**
 * Who or what ended a connection. `drained`: we did, because its version or this process goes out of service; `refused`: we
 * did, because the client's next turn was not admitted.
 */
export type Ending =
  | { by: 'client' | 'upstream'; close: Close }
  | { by: 'overflow' }
  | { by: 'drained' }
  | { by: 'refused' };

const REFUSALS: ReadonlySet<number> = new Set([
  CLOSE.unsupportedData,
  CLOSE.invalidData,
  CLOSE.policyViolation,
  CLOSE.tooBig,
]);
const FAILURES: ReadonlySet<number> = new Set([CLOSE.internalError, CLOSE.badGateway]);

/**
 * What the end of a connection makes of the turn that was under way. An upstream that vanishes or fails within it counts
 * against its version; one that says goodbye does so only if it had not answered and did not end normally. `client_abort`
 * (no evidence for either side) is what is left unanswered because the client or the connection was to go.
 */
export const outcomeOfEnding = (ending: Ending, isAnswered: boolean): Outcome => {
  if (ending.by === 'client' || ending.by === 'drained' || ending.by === 'refused')
    return isAnswered ? 'ok' : 'client_abort';
  if (ending.by === 'overflow') return isAnswered ? 'truncated' : 'upstream_error';
  const { code } = ending.close;
  if (code === CLOSE.abnormal) return isAnswered ? 'truncated' : 'upstream_error';
  if (FAILURES.has(code)) return 'upstream_error';
  if (isAnswered || code === CLOSE.normal || code === CLOSE.noStatus) return 'ok';
  return REFUSALS.has(code) ? 'client_error' : 'upstream_error';
};
