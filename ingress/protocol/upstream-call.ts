import type { HeaderList } from './http1-response.ts';

export type UpstreamFailure = {
  kind:
    | 'connect'
    | 'connect_timeout'
    | 'first_byte_timeout'
    | 'idle_timeout'
    | 'total_timeout'
    | 'closed'
    | 'protocol'
    /** Not sent: as many calls are under way and waiting as may be. */
    | 'overloaded';
  message: string;
};

export type UpstreamRequest = {
  /** The version's base URL, as in the routing view, and what follows it: `/chat/completions`. */
  upstream: string;
  method: string;
  path: string;
  /** Header lines, each ended by CRLF, without host, length and connection. Latin-1 only. */
  headerLines: string;
  /** A body that comes by `write` and `end` has `lengthBytes`, or null if that is not known. */
  body: Buffer | { lengthBytes: number | null };
  limits: UpstreamLimits;
};

/** What a call reports: `onHead`, any `onData`, then `onEnd`; or `onFailure` at any point, and nothing after it. */
export type UpstreamSink = {
  onHead(status: number, headers: HeaderList): void;
  /** The chunk is only valid during the call. */
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
  /** After `write` returned false: it may go on. */
  onWritable?(): void;
};

export type UpstreamCall = {
  /** Closes the connection; the sink hears nothing more. */
  abort(): void;
  pause(): void;
  resume(): void;
  /** The next part of a body that was not given whole. False: the upstream is slow, write no more until `onWritable`. */
  write(chunk: Buffer): boolean;
  end(): void;
};

/** A call whose caller may find that it fails. */
export type WatchedCall = UpstreamCall & {
  /** Ends the call as a failure of the upstream's, which its sink hears of. Does nothing once the call is over. */
  fail(failure: UpstreamFailure): void;
};

export type SendUpstream = (request: UpstreamRequest, sink: UpstreamSink) => UpstreamCall;

export type UpstreamLimits = { connectMs: number; firstByteMs: number; idleMs: number; totalMs: number };

const HTTP_TIMEOUTS: ReadonlySet<UpstreamFailure['kind']> = new Set([
  'connect_timeout',
  'first_byte_timeout',
  'idle_timeout',
  'total_timeout',
]);

/** Whether the request surely never reached the upstream, so that anyone may repeat it. */
export const isUnsent = ({ kind }: UpstreamFailure): boolean =>
  kind === 'connect' || kind === 'connect_timeout' || kind === 'overloaded';

export const isTimeout = (failure: UpstreamFailure): boolean => HTTP_TIMEOUTS.has(failure.kind);
