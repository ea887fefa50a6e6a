/** A client's request, read whole. Header names are in lower case. */
export type ClientRequest = {
  method: string;
  path: string;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** The peer's address; asked for only when nothing better tells clients apart. */
  peer(): string;
};

/** Name and value of each header, in turn. */
export type ReplyHeaders = readonly string[];

/**
 * The way back to a client. After `onAborted` was called, or the reply was sent or ended, every method does nothing, so
 * that no caller needs to ask first.
 */
export type Reply = {
  onAborted(handler: () => void): void;
  /** The whole answer at once. `close` ends the connection after it. */
  send(status: number, headers: ReplyHeaders, body: string | Uint8Array, close?: boolean): void;
  start(status: number, headers: ReplyHeaders): void;
  /** False: the client reads too slowly; write no more until `onDrain`'s handler is called. */
  write(chunk: Uint8Array): boolean;
  onDrain(handler: () => void): void;
  end(chunk?: Uint8Array): void;
  /** Cuts the connection, so that the client knows its answer to be incomplete. */
  cut(): void;
};
