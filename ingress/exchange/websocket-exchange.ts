import type { Outcome } from '../../schemas/exchange.ts';
import type { KeptBody } from './body-capture.ts';
import type { ExchangeEntry } from './journal-record.ts';
import { CLIENT_GONE, journalEntry } from './live-exchange.ts';
import type { ExchangeResult, RoutedRequest } from './live-exchange.ts';
import type { Turn } from './turns.ts';

const EMPTY = Buffer.alloc(0);
const NO_BODY: KeptBody = { bytes: EMPTY, tail: EMPTY, sizeBytes: 0, truncated: false, sha256: '' };

/** What an exchange says of its connection, so that its turns can be put together again. */
const CONNECTION_LABEL = 'coalmine-connection';
const TURN_LABEL = 'coalmine-turn';

/** A connection's turns have no status of their own, so theirs is what the same end would be in HTTP. */
export const STATUS_OF: Readonly<Record<Outcome, number>> = {
  ok: 200,
  truncated: 200,
  client_error: 400,
  client_abort: CLIENT_GONE,
  upstream_error: 502,
  upstream_timeout: 504,
};

/** Where the turns of a connection are traced to, and whose address they come from. */
const KEPT_HEADERS = ['traceparent', 'x-forwarded-for'];

/** What an open connection needs of its request: an idle one should cost little. */
export const slimmed = (request: RoutedRequest): RoutedRequest => {
  const { method, path, query, headers, peer } = request.client;
  const kept = new Map<string, string>();
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name);
    if (value !== undefined) kept.set(name, value);
  }
  return {
    ...request,
    client: { method, path, query, headers: kept, body: EMPTY, peer },
    stream: true,
  };
};

/** Who answers on a connection; `failed` is what became of the assigned version if it does not. */
export type Served = Pick<ExchangeResult, 'served' | 'failed' | 'wasAsked'> & { connectionId: string };

export type EndedTurn = {
  turn: Turn;
  outcome: Outcome;
  startedAtMs: number;
  endedMs: number;
  exchangeId: string;
} & Pick<ExchangeResult, 'wasAsked'>;

/** From the client's first message to the last one of the answer; to the turn's end if there was none. */
export const latencyMs = ({ turn, endedMs }: EndedTurn): number => (turn.lastMessageMs ?? endedMs) - turn.startedMs;

/**
 * A turn as an exchange. Every turn that another version than the assigned one had to serve is one error of the assigned
 * arm, as with HTTP.
 */
export const turnEntry = (
  request: RoutedRequest,
  by: Served,
  ended: EndedTurn,
  captureLimitBytes: number,
): ExchangeEntry => {
  const { turn, outcome } = ended;
  const headers = new Map([...request.client.headers, ['content-type', turn.request.contentType]]);
  const metadata = {
    ...request.metadata,
    [CONNECTION_LABEL]: by.connectionId,
    [TURN_LABEL]: String(turn.number),
  };
  return journalEntry(
    { ...request, metadata, client: { ...request.client, headers }, startedAtMs: ended.startedAtMs },
    {
      exchangeId: ended.exchangeId,
      served: by.served,
      failed: by.failed,
      wasAsked: by.wasAsked && ended.wasAsked,
      status: STATUS_OF[outcome],
      outcome,
      latencyMs: latencyMs(ended),
      firstByteMs: turn.firstMessageMs === null ? null : turn.firstMessageMs - turn.startedMs,
      contentType: turn.response.contentType,
      upload: turn.request,
      body: turn.response,
    },
    captureLimitBytes,
  );
};

/** A connection that came to no turn, although something happened that counts: its handshake failed or was given up. */
export const handshakeEntry = (
  request: RoutedRequest,
  by: Served,
  { outcome, status, latencyMs }: Pick<ExchangeResult, 'outcome' | 'status' | 'latencyMs'>,
  captureLimitBytes: number,
): ExchangeEntry => {
  const metadata = { ...request.metadata, [CONNECTION_LABEL]: by.connectionId, [TURN_LABEL]: '0' };
  const { served, failed, wasAsked, connectionId } = by;
  const answered = {
    served,
    failed,
    wasAsked,
    status,
    outcome,
    latencyMs,
    firstByteMs: null,
    contentType: '',
    upload: null,
    body: NO_BODY,
  };
  return journalEntry({ ...request, metadata }, { ...answered, exchangeId: connectionId }, captureLimitBytes);
};
