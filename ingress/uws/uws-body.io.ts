import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import type { Upload } from '../protocol/client-call.ts';
import { headerBytes } from '../protocol/header-text.ts';
import { ipv4Text } from './peer-address.ts';

/** A header that says where a message ends or whom it is for; twice is an attack or a defect. */
const SINGLE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);
const DIGITS = /^\d{1,15}$/;

/**
 * A value byte by byte, one character each. All values come as if they were UTF-8; one that is not is had as it came by its
 * name, which only finds the first of that name.
 */
const bytesOf = (req: HttpRequest, name: string, value: string, isFirst: boolean): string => {
  const bytes = headerBytes(value);
  return isFirst && bytes !== value && value.includes('\uFFFD') ? req.getHeader(name) : bytes;
};

/** All headers, or null if one that must be single came twice, or it is not clear where the message ends. */
export const readHeaders = (req: HttpRequest): ReadonlyMap<string, string> | null => {
  const headers = new Map<string, string>();
  let isSound = true;
  req.forEach((name, value) => {
    const before = headers.get(name);
    if (before === undefined) headers.set(name, bytesOf(req, name, value, true));
    else if (SINGLE.has(name)) isSound = false;
    else headers.set(name, `${before}, ${bytesOf(req, name, value, false)}`);
  });
  const length = headers.get('content-length');
  if (length !== undefined && !DIGITS.test(length)) isSound = false;
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined)) isSound = false;
  return isSound ? headers : null;
};

/** The address of who is connected, in any spelling. Throws once the client is gone. */
export const peerOf = (res: HttpResponse): string =>
  ipv4Text(res.getRemoteAddress()) ?? Buffer.from(res.getRemoteAddressAsText()).toString();

/** Whether the body comes in chunks, in which uWebSockets.js takes more for one than RFC 9112 does: any bytes behind each, and no trailers. */
export const isInChunks = (headers: ReadonlyMap<string, string>): boolean => headers.has('transfer-encoding');

export const hasBody = (headers: ReadonlyMap<string, string>): boolean =>
  isInChunks(headers) || Number(headers.get('content-length') ?? 0) > 0;

/**
 * Tells that a body has ended: of one in chunks not before its packet is read to its end. Whatever follows it there makes
 * uWebSockets.js close the connection, and then nobody is to be asked.
 */
const whenEnded = (inChunks: boolean, tell: () => void): void => {
  if (inChunks) setImmediate(tell);
  else tell();
};

export type ReadingLimits = {
  maxBytes: number;
  /** Takes room for more bytes; false: there is none. */
  hold: (bytes: number) => boolean;
};

/** Collects the body, or says that it is longer than the limit, or that there is no room for it. */
export const readBody = (
  res: HttpResponse,
  inChunks: boolean,
  { maxBytes, hold }: ReadingLimits,
  done: (body: Buffer | 'too long' | 'no room') => void,
): void => {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  let isOver = false;
  res.onData((data, isLast) => {
    if (isOver) return;
    sizeBytes += data.byteLength;
    const isTooLong = sizeBytes > maxBytes;
    if (isTooLong || !hold(data.byteLength)) {
      isOver = true;
      parts = [];
      done(isTooLong ? 'too long' : 'no room');
      return;
    }
    // The memory is uWebSockets.js' own and only valid during the call.
    if (data.byteLength > 0 || isLast) parts.push(Buffer.from(Buffer.from(data)));
    if (!isLast) return;
    isOver = true;
    whenEnded(inChunks, () => done(parts.length === 1 ? parts[0]! : Buffer.concat(parts, sizeBytes)));
  });
};

const HELD_BYTES = 65_536;

export type UploadLimits = {
  /** So much of it is kept on the way. */
  keptBytes: number;
  hold: (bytes: number) => boolean;
  /** There was no room for more of what is kept. */
  refused: () => void;
  isGone: () => boolean;
};

/** A body that is handed on as it comes. What comes before anyone listens is held, and no more is read meanwhile. */
export class UwsUpload implements Upload {
  readonly lengthBytes: number | null;
  readonly #res: HttpResponse;
  readonly #limits: UploadLimits;
  #keptBytes = 0;
  #held: { chunk: Buffer; isLast: boolean }[] = [];
  #heldBytes = 0;
  #handler: ((chunk: Buffer, isLast: boolean) => void) | null = null;
  #isPaused = false;
  #isEnded = false;

  constructor(res: HttpResponse, lengthBytes: number | null, limits: UploadLimits) {
    this.#res = res;
    this.lengthBytes = lengthBytes;
    this.#limits = limits;
    res.onData((data, isLast) => this.#received(Buffer.from(Buffer.from(data)), isLast));
  }

  onData(handler: (chunk: Buffer, isLast: boolean) => void): void {
    this.#handler = handler;
    for (const { chunk, isLast } of this.#held) handler(chunk, isLast);
    this.#held = [];
    this.resume();
  }

  pause(): void {
    if (this.#isPaused || this.#isEnded || this.#limits.isGone()) return;
    this.#isPaused = true;
    this.#res.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#limits.isGone()) return;
    this.#isPaused = false;
    this.#res.resume();
  }

  #received(chunk: Buffer, isLast: boolean): void {
    this.#isEnded ||= isLast;
    if (this.#limits.isGone()) return;
    const kept = Math.min(chunk.length, this.#limits.keptBytes - this.#keptBytes);
    this.#keptBytes += kept;
    if (!this.#limits.hold(kept)) return this.#limits.refused();
    if (isLast && this.lengthBytes === null) setImmediate(() => this.#pass(chunk, true));
    else this.#pass(chunk, isLast);
  }

  #pass(chunk: Buffer, isLast: boolean): void {
    if (this.#limits.isGone()) return;
    if (this.#handler !== null) return this.#handler(chunk, isLast);
    this.#held.push({ chunk, isLast });
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES) this.pause();
  }
}
