import type { ClientRequest, ReplyHeaders } from './client-call.ts';
import type { ApiError } from './error-envelope.ts';
import type { HeaderList } from './http1-response.ts';
import type { UpstreamFailure, UpstreamLimits } from './upstream-call.ts';
import type { Close } from './websocket-close.ts';

/** A client's wish to speak WebSocket: `method` is `WS`, the body empty. `protocols` in the client's order of preference. */
export type SocketRequest = { client: ClientRequest; protocols: readonly string[] };

/** An open connection to a client or to an upstream. Once it is closed every method does nothing. */
export type Socket = {
  /** The message is copied before it returns. */
  send(message: Buffer, isBinary: boolean): void;
  /** Bytes that the other side has not taken yet. */
  bufferedBytes(): number;
  /** With a close frame, after what is buffered; `null` is one without a code. The sink hears nothing more. */
  close(close: Close | null): void;
};

/** What a socket reports. After `onClose` nothing more comes. */
export type SocketSink = {
  /** The message is only valid during the call. */
  onMessage(message: Buffer, isBinary: boolean): void;
  /** 1005: closed without a code. 1006: the connection was lost. */
  onClose(close: Close): void;
};

/** `onDrain`: some of what was buffered went out. */
export type ClientSocketSink = SocketSink & { onDrain(): void };

/** A client that waits for the answer to its handshake. After any of these, or `onAborted`, all do nothing. */
export type Handshake = {
  onAborted(handler: () => void): void;
  refuse(error: ApiError, headers: ReplyHeaders): void;
  /** Null if the client is gone. `protocol` is the one chosen, '' for none. */
  accept(protocol: string, headers: ReplyHeaders, sink: ClientSocketSink): Socket | null;
};

/** A handshake for an upstream. The URL's scheme may be that of HTTP; header lines end with CRLF each and are Latin-1. */
export type UpstreamSocketRequest = {
  url: string;
  headerLines: string;
  protocols: readonly string[];
  limits: UpstreamLimits;
};

/** First one of `onOpen`, `onRefused` (another status than 101) and `onFailure`; messages and the close only after `onOpen`. */
export type UpstreamSocketSink = SocketSink & {
  onOpen(protocol: string): void;
  onRefused(status: number, headers: HeaderList): void;
  onFailure(failure: UpstreamFailure): void;
};

export type UpstreamSocket = Socket & { pause(): void; resume(): void };

/** Reports nothing before it returned. */
export type OpenUpstreamSocket = (request: UpstreamSocketRequest, sink: UpstreamSocketSink) => UpstreamSocket;
