import { writableHeader } from './header-text.ts';
import type { HeaderList } from './http1-response.ts';

const DROPPED: ReadonlySet<string> = new Set([
  // Of this connection only (RFC 9110, section 7.6.1), or written anew.
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'expect',
  // What we read must not be encoded, so the relay says what it takes.
  'accept-encoding',
  // Credentials were meant for us, and what an untrusted peer says of its origin is worth nothing.
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'forwarded',
  'via',
  'x-real-ip',
  'x-request-id',
]);
/**
 * No family of names that is ours or of this connection. Among these a WebSocket's handshake: our client of the upstream writes
 * its own, and a key may stand there.
 */
const NAME = /^(?!x-coalmine-|proxy-|x-forwarded-|sec-websocket-)[!#$%&'*+\-.^`|~0-9a-z]+$/;
/** What survives a Latin-1 write: a wider character could turn into a line end there (CVE-2016-2216). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const isForwarded = (name: string, value: string, withCookies: boolean): boolean =>
  (!DROPPED.has(name) || (withCookies && name === 'cookie')) && NAME.test(name) && VALUE.test(value);

/**
 * The header lines that go on to an upstream: no hop-by-hop, control, credential or origin headers, no `_` in names.
 * Cookies go to an agent that speaks a protocol of its own, and to nobody else.
 */
export const forwardedHeaderLines = (headers: ReadonlyMap<string, string>, withCookies: boolean): string => {
  const named = headers.get('connection')?.toLowerCase() ?? '';
  const listed =
    named === '' || named === 'keep-alive' || named === 'close' ? null : named.split(',').map((t) => t.trim());
  let lines = '';
  for (const [name, value] of headers) {
    if (isForwarded(name, value, withCookies) && !listed?.includes(name)) lines += `${name}: ${value}\r\n`;
  }
  return lines;
};

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's own request id if it is harmless, else undefined. */
export const acceptedRequestId = (value: string | undefined): string | undefined =>
  value !== undefined && REQUEST_ID.test(value) ? value : undefined;

const RELAYED: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'cache-control',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
]);

/** The upstream's headers that a client gets: `set-cookie`, `server`, rate limits and the like stay here. */
export const relayedHeaders = (headers: HeaderList): (string | Buffer)[] => {
  const relayed: (string | Buffer)[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (RELAYED.has(headers[i]!)) relayed.push(headers[i]!, writableHeader(headers[i + 1]!));
  }
  return relayed;
};

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'x-request-id',
  'openai-processing-ms',
  // The server writes its own into every answer.
  'date',
]);

/** All of an upstream's headers but those of its own connection and those that the front door gives. */
export const endToEndHeaders = (headers: HeaderList, hidesCors: boolean): (string | Buffer)[] => {
  const named = headerOf(headers, 'connection')?.toLowerCase().split(',') ?? [];
  const listed = named.map((token) => token.trim());
  const kept: (string | Buffer)[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (HOP_BY_HOP.has(name) || name.startsWith('x-coalmine-') || listed.includes(name)) continue;
    if (hidesCors && name.startsWith('access-control-')) continue;
    kept.push(name, writableHeader(headers[i + 1]!));
  }
  return kept;
};

/** A list of headers without one of them. */
export const withoutHeader = (headers: readonly string[], name: string): string[] =>
  headers.filter((_, i) => headers[i - (i % 2)] !== name);

/** All values of a header, as one list (RFC 9110, section 5.3); '' without any. */
export const headerListOf = (headers: readonly string[], name: string): string => {
  let list: string | undefined;
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === name) list = list === undefined ? headers[i + 1]! : `${list}, ${headers[i + 1]}`;
  return list ?? '';
};

export const headerOf = (headers: readonly string[], name: string): string | undefined => {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
};
