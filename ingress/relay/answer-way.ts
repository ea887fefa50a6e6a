import { BodyCapture } from '../exchange/body-capture.ts';
import type { Reply } from '../protocol/client-call.ts';
import { acceptsCodings, codingsOf } from '../../openai/content-coding.ts';
import type { HeaderList } from '../protocol/http1-response.ts';
import { headerListOf, headerOf, withoutHeader } from '../protocol/request-headers.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { AnswerReading } from './answer-reading.ts';
import type { AskedAnswer } from './answer-reading.ts';
import { Decoding } from './decoding.ts';
import type { DecodingSink } from './decoding.ts';

/** Whose answer it is. */
export type AnswerOwner = {
  /** The reply's head must go out. */
  startReply(): void;
  /** A piece was read. */
  answerGrew(): void;
  /** All of it was read. */
  answerEnded(): void;
  /** `isCallOver`: the upstream had sent all. */
  answerBroke(failure: UpstreamFailure, isCallOver: boolean): void;
  pauseUpstream(): void;
  resumeUpstream(): void;
};

export type UpstreamHead = { status: number; headers: HeaderList; hasBody: boolean };

/** Of an answer that is only decoded to be kept, so that a small one can't cost hours. */
const MAX_DECODED_BYTES = 64 * 1_048_576;

/**
 * The way of one version's answer to the client. What may be sent whole is kept until it ends or grows too long; all else goes
 * on as it comes, no faster than the client reads. An answer in a coding that nobody asked for is decoded on the way: for the
 * client, or, if that takes it as it is, for what is read and kept of it alone.
 */
export class AnswerWay implements DecodingSink {
  readonly reading: AnswerReading;
  readonly #owner: AnswerOwner;
  readonly #reply: Reply;
  readonly #asked: AskedAnswer;
  /** `accept-encoding` of the client. */
  readonly #accepted: string | undefined;
  #decoding: Decoding | null = null;
  /** What the client gets of an answer that goes on in its coding, as long as it may be sent whole. */
  #coded: BodyCapture | null = null;
  #isStarted = false;
  #isUndecodable = false;
  #isDecoderFull = false;
  #isReplyFull = false;
  #isUpstreamOver = false;

  constructor(owner: AnswerOwner, reply: Reply, asked: AskedAnswer, accepted: string | undefined) {
    this.#owner = owner;
    this.#reply = reply;
    this.#asked = asked;
    this.#accepted = accepted;
    this.reading = new AnswerReading(asked);
  }

  /** Whether something was sent to the client. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Whether the client got an answer that its coding's decoder calls broken. */
  get isUndecodable(): boolean {
    return this.#isUndecodable;
  }

  /** What a client gets whole to whom nothing was sent yet. */
  get whole(): Buffer {
    return (this.#coded ?? this.reading.capture).kept().bytes;
  }

  /** @returns the headers of the answer as it goes on */
  begin({ status, headers, hasBody }: UpstreamHead): HeaderList {
    // A part of a body in a coding can be decoded by nobody who has not the rest.
    const codings = hasBody && status !== 206 ? codingsOf(headerListOf(headers, 'content-encoding')) : [];
    const contentType = headerOf(headers, 'content-type') ?? '';
    const { isRaw } = this.#asked.dialect;
    this.reading.begin({ contentType, hasBody, isGood: status < 300, isReadable: codings !== null });
    if (codings === null || codings.length === 0) return headers;
    this.#decoding = new Decoding(codings, this);
    // Not so a stream of events, between which the front door has words of its own.
    const isTaken = acceptsCodings(this.#accepted, codings, isRaw) && (isRaw || !this.reading.mayBeEvents);
    if (!isTaken) return withoutHeader(headers, 'content-encoding');
    this.#coded = new BodyCapture(this.#asked.captureLimitBytes);
    return headers;
  }

  /** Whether the length that the upstream told is not the one that the client gets. */
  get isRecoded(): boolean {
    return this.#decoding !== null && this.#coded === null;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#owner.startReply();
  }

  push(chunk: Buffer): void {
    if (this.#coded !== null) {
      if (!this.#isStarted) this.#coded.add(chunk, false);
      this.#pass(chunk, this.#coded);
    } else if (this.#decoding === null) return this.onData(chunk);
    if (this.#decoding === null || this.#decoding.write(chunk)) return;
    this.#isDecoderFull = true;
    this.#owner.pauseUpstream();
  }

  end(): void {
    this.#isUpstreamOver = true;
    if (this.#decoding === null) this.#owner.answerEnded();
    else this.#decoding.end();
  }

  /** The client reads again. */
  drained(): void {
    this.#isReplyFull = false;
    this.#decoding?.resume();
    if (!this.#isDecoderFull) this.#owner.resumeUpstream();
  }

  stop(): void {
    this.#decoding?.stop();
    this.#decoding = null;
  }

  /** A piece in the form in which it can be read. */
  onData(chunk: Buffer): void {
    const ready = this.reading.take(chunk);
    this.#owner.answerGrew();
    if (this.#coded !== null) {
      if (this.reading.capture.sizeBytes > MAX_DECODED_BYTES) this.#readNoMore();
    } else if (!this.reading.isPiecewise) this.#pass(chunk, this.reading.capture);
    else {
      this.start();
      this.#write(ready);
    }
  }

  onDrain(): void {
    this.#isDecoderFull = false;
    if (!this.#isReplyFull) this.#owner.resumeUpstream();
  }

  onEnd(): void {
    this.#owner.answerEnded();
  }

  onFault(message: string): void {
    if (this.#coded === null) {
      const failure = { kind: 'protocol', message: `the answer can't be decoded: ${message}` } as const;
      return this.#owner.answerBroke(failure, this.#isUpstreamOver);
    }
    this.#isUndecodable = true;
    this.#readNoMore();
  }

  /** What the client gets goes on; what is read and kept of it ends here. */
  #readNoMore(): void {
    this.reading.capture.cut();
    this.stop();
    if (this.#isUpstreamOver) this.#owner.answerEnded();
    else this.onDrain();
  }

  /** A piece for the client, which `kept` has already: as long as all of that was kept, it may be sent whole. */
  #pass(chunk: Buffer, kept: BodyCapture): void {
    if (this.#isStarted) return this.#write(chunk);
    if (kept.sizeBytes <= this.#asked.captureLimitBytes) return;
    this.start();
    const { bytes } = kept.kept();
    this.#write(bytes);
    this.#write(chunk.subarray(chunk.length - (kept.sizeBytes - bytes.length)));
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#reply.write(bytes)) return;
    this.#isReplyFull = true;
    this.#decoding?.pause();
    this.#owner.pauseUpstream();
  }
}
