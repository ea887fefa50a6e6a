/** A client's request. Header names are in lower case, values have one character for each byte (`header-text.ts` reads them). */
export type ClientRequest = {
  method: string;
  path: string;
  /** What follows the `?`; '' if nothing does. */
  query: string;
  headers: ReadonlyMap<string, string>;
  /** Empty for a request whose body comes by an `Upload`. */
  body: Buffer;
  /** The address of whoever opened the connection. */
  peer(): string;
};

/** A path with the query that belongs to it. */
export const withQuery = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`);

/** A request's body as it comes. */
export type Upload = {
  /** As the client told it; null for one in chunks. */
  lengthBytes: number | null;
  /** The chunk is the handler's to keep. */
  onData(handler: (chunk: Buffer, isLast: boolean) => void): void;
  pause(): void;
  resume(): void;
};

/** Name and value of each header, in turn. A value is ASCII; any other is given as its bytes. */
export type ReplyHeaders = readonly (string | Buffer)[];

/**
 * The way back to a client. After `onAborted` was called, or the reply was sent or ended, every method does nothing, so
 * that no caller needs to ask first.
 */
export type Reply = {
  /** The reply was sent or ended, or the client left. */
  readonly isOver: boolean;
  onAborted(handler: () => void): void;
  /** The whole answer at once. `close` ends the connection after it. */
  send(status: number, headers: ReplyHeaders, body: string | Uint8Array, close?: boolean): void;
  /** An answer without a body; `lengthBytes` is what a GET would have brought, null if that is not known. */
  sendHead(status: number, headers: ReplyHeaders, lengthBytes: number | null): void;
  start(status: number, headers: ReplyHeaders): void;
  /** False: the client reads too slowly; write no more until `onDrain`'s handler is called. */
  write(chunk: Uint8Array): boolean;
  onDrain(handler: () => void): void;
  end(chunk?: Uint8Array): void;
  /** Cuts the connection, so that the client knows its answer to be incomplete. */
  cut(): void;
};
