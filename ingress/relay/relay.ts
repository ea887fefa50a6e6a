import { type Outcome, outcomeOfStatus } from '../../schemas/exchange.ts';
import type { AdmissionCall } from '../admission/admission-call.ts';
import { BodyCapture } from '../exchange/body-capture.ts';
import type { Reply, Upload } from '../protocol/client-call.ts';
import { withoutOverridden } from '../policy/credentials.ts';
import type { Dialect } from '../protocol/dialect.ts';
import { bodyTooLarge, envelopeOf, failureError } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';
import type { ExchangeClaims } from '../exchange/exchange-id.ts';
import type { HeaderList } from '../protocol/http1-response.ts';
import type { Entry, ExchangeEntry } from '../exchange/journal-record.ts';
import { claimsOf, CLIENT_GONE, failureOutcome, journalEntry } from '../exchange/live-exchange.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { endToEndHeaders, forwardedHeaderLines, headerOf, relayedHeaders } from '../protocol/request-headers.ts';
import { isPassing, nextFit } from '../routing/fallback.ts';
import { nextTarget } from '../routing/route.ts';
import type { Target } from '../routing/route.ts';
import { SseCutter } from '../protocol/sse.ts';
import { isUnsent } from '../protocol/upstream-call.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamSink } from '../protocol/upstream-call.ts';
import type { IngressEvents } from '../events.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export type RelayDeps = {
  upstreams: Upstreams;
  /** What may be kept of an exchange, by its agent's policy. */
  kept: (exchange: ExchangeEntry) => ExchangeEntry;
  append: (entry: Entry, done: () => void) => void;
  sign: (claims: ExchangeClaims) => string;
  /** A clock that never steps back, and the time of day. */
  elapsedMs: () => number;
  nowMs: () => number;
  captureLimitBytes: number;
  /** Header lines for one upstream alone, such as a provider's key. */
  credentialLines: (upstream: string) => string;
  events: IngressEvents;
};

/** A request as it goes to an upstream: the path after the version's base URL, and the body for each target. */
export type Outgoing = {
  /** Told how it went; who sends the reply's end settles it. */
  call: AdmissionCall;
  dialect: Dialect;
  path: string;
  bodyFor: (target: Target) => Buffer;
  /** Whether the upstream's own CORS headers give way to the front door's. */
  hidesCors: boolean;
  /** Told who gave a whole answer, and the kept part of it. */
  answered: ((served: Target, body: Buffer) => void) | null;
  upload: Upload | null;
  maxBodyBytes: number;
};

/** A stream that said its last has this long to end before it is taken as ended. */
const DONE_LINGER_MS = 1_000;
/** Enough to hold what ends a stream. */
const LAST_BYTES = 8_192;
/** The reason for which a version is not even asked. */
const EJECTED = 'ejected';
const JSON_HEADERS = ['content-type', 'application/json'];
/**
 * Who may answer in another's place: of a failure any, but rather one that is not ejected; of an ejected version only such a
 * one; of an answer that its client could do with as well only one with room, so that the load that was too much here is no
 * trouble there.
 */
type Wanted = 'any' | 'sound' | 'room';

/**
 * One request on its way to a version and back. A plain answer is collected and sent whole as long as it fits what is
 * captured anyway; a longer one and a stream are relayed as they come, no faster than the client reads. The end of the
 * answer waits until the exchange is in the journal. As long as nothing was sent to the client, and nothing of a body that
 * can't be sent again, a failing version's request goes to the next one.
 */
export class Relay implements UpstreamSink {
  readonly #deps: RelayDeps;
  readonly #request: RoutedRequest;
  readonly #outgoing: Outgoing;
  readonly #reply: Reply;
  readonly #startedMs: number;
  readonly #forwarded: string;
  #call: UpstreamCall | null = null;
  #served: Target;
  /** The one that serves now included. */
  readonly #tried: Target[];
  #failed: { reason: string; outcome: Outcome } | null = null;
  #uploaded: BodyCapture | null = null;
  #isUploaded = false;
  #capture: BodyCapture;
  #status = 0;
  #head: HeaderList = [];
  #contentType = '';
  #events: SseCutter | null = null;
  #isStarted = false;
  #isFinished = false;
  #firstByteMs: number | null = null;
  #exchangeId = '';
  #doneTimer: NodeJS.Timeout | undefined;

  constructor(deps: RelayDeps, request: RoutedRequest, outgoing: Outgoing, reply: Reply, startedMs: number) {
    this.#deps = deps;
    this.#request = request;
    this.#outgoing = outgoing;
    this.#reply = reply;
    this.#startedMs = startedMs;
    this.#served = request.route.target;
    this.#tried = [this.#served];
    this.#capture = new BodyCapture(deps.captureLimitBytes);
    const { isRaw } = outgoing.dialect;
    this.#forwarded = `${forwardedHeaderLines(request.client.headers, isRaw)}x-request-id: ${request.requestId}\r\n`;
    reply.onAborted(() => this.#abandoned());
    reply.onDrain(() => this.#call?.resume());
  }

  start(): void {
    const { agent } = this.#request.plan.view;
    const { label } = this.#served.version;
    const isElsewhere =
      this.#deps.upstreams.isEjected(agent, label) && this.#fallBack(EJECTED, 'upstream_error', 'sound');
    if (!isElsewhere) this.#send();
    if (this.#outgoing.upload !== null) this.#pump(this.#outgoing.upload);
  }

  onHead(status: number, headers: HeaderList): void {
    const outcome = this.#outcomeOf(status);
    const isFailure = outcome === 'upstream_error';
    if (isFailure || isPassing(this.#request.plan, status, headers))
      if (this.#fallBack(`status ${status}`, outcome, isFailure ? 'any' : 'room')) return;
    this.#status = status;
    this.#head = headers;
    this.#contentType = headerOf(headers, 'content-type') ?? '';
    const { dialect } = this.#outgoing;
    const isStream = this.#hasBody() && this.#contentType.toLowerCase().startsWith('text/event-stream');
    if (isStream && !dialect.isRaw) this.#events = new SseCutter(dialect.streamEnd);
    const mayGrow = dialect.isRaw && headerOf(headers, 'content-length') === undefined && this.#hasBody();
    if (isStream || mayGrow) this.#startReply();
  }

  onData(chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#firstByteMs ??= this.#deps.elapsedMs() - this.#startedMs;
    const fits = this.#capture.sizeBytes + chunk.length <= this.#deps.captureLimitBytes;
    if (!fits && !this.#isStarted) {
      this.#startReply();
      this.#write(this.#capture.kept().bytes);
    }
    this.#capture.add(chunk, false);
    if (this.#events === null) {
      if (this.#isStarted) this.#write(chunk);
      return;
    }
    const ready = this.#events.push(chunk);
    if (ready.length > 0) this.#write(ready);
    if (this.#events.done) this.#doneTimer ??= setTimeout(() => this.#endOfStream(), DONE_LINGER_MS);
  }

  onEnd(): void {
    const end = this.#endOfAnswer();
    if (end === 'missing') return this.#breakOff({ kind: 'closed', message: 'the stream ended before its last event' });
    if (this.#status < 300) this.#outgoing.answered?.(this.#served, this.#capture.kept().bytes);
    const outcome = end === 'told' ? 'truncated' : this.#outcomeOf(this.#status);
    this.#finish(outcome, this.#status, () => this.#deliver());
  }

  onFailure(failure: UpstreamFailure): void {
    this.#deps.events.upstreamFailed(this.#request.plan.view.agent, this.#served.version.label, failure);
    if (this.#events?.done) return this.onEnd();
    const outcome = failureOutcome(failure);
    if (this.#fallBack(failure.kind, outcome, 'any')) return;
    if (!this.#isStarted) return this.#refuse(failureError(failure), outcome, isUnsent(failure));
    this.#breakOff(failure);
  }

  onWritable(): void {
    this.#outgoing.upload?.resume();
  }

  /** A stream whose connection was closed in order may have been cut short all the same. */
  #endOfAnswer(): 'whole' | 'told' | 'missing' {
    if (this.#events === null || this.#status >= 300) return 'whole';
    const { bytes, tail } = this.#capture.kept();
    const end = this.#outgoing.dialect.endOf(
      bytes.toString('latin1', Math.max(0, bytes.length - LAST_BYTES)) + tail.toString('latin1'),
    );
    return end === 'missing' && this.#events.done ? 'whole' : end;
  }

  /** What the client has already can't be taken back: it is told that there is no more. */
  #breakOff(failure: UpstreamFailure): void {
    const { brokenStream } = this.#outgoing.dialect;
    const error = failureError(failure);
    const lastWords = this.#events === null || brokenStream === null ? null : Buffer.from(brokenStream(error));
    this.#finish('truncated', this.#status, () => {
      if (lastWords === null) this.#reply.cut();
      else this.#reply.end(lastWords);
    });
  }

  #send(): void {
    const { client, plan, route } = this.#request;
    const { version } = this.#served;
    const { upload, path } = this.#outgoing;
    const credentials = this.#deps.credentialLines(version.upstream);
    const request = {
      upstream: version.upstream,
      method: client.method,
      path,
      headerLines: `${withoutOverridden(this.#forwarded, credentials)}${credentials}x-coalmine-version: ${version.label}\r\n`,
      body: upload === null ? this.#outgoing.bodyFor(this.#served) : { lengthBytes: upload.lengthBytes },
    };
    const target = {
      agent: plan.view.agent,
      label: version.label,
      siblings: plan.answering.size,
      retryable: nextTarget(plan, route, this.#tried) === null,
    };
    this.#call = this.#deps.upstreams.send(target, request, this);
    // Of a body that turned out to be empty the next version must be told, too.
    if (this.#isUploaded) this.#call.end();
  }

  /** Hands the body on as it comes. */
  #pump(upload: Upload): void {
    const captured = new BodyCapture(this.#deps.captureLimitBytes);
    this.#uploaded = captured;
    upload.onData((chunk, isLast) => {
      if (this.#isFinished) return;
      captured.add(chunk, true);
      if (captured.sizeBytes > this.#outgoing.maxBodyBytes) return this.#tooLarge();
      if (chunk.length > 0 && this.#call?.write(chunk) === false) upload.pause();
      if (!isLast) return;
      this.#isUploaded = true;
      this.#call?.end();
    });
  }

  #tooLarge(): void {
    this.#call?.abort();
    const error = bodyTooLarge(`The body is larger than ${this.#outgoing.maxBodyBytes} bytes.`);
    if (this.#isStarted) this.#finish('client_abort', this.#status, () => this.#reply.cut());
    else this.#refuse(error, 'client_error', false, true);
  }

  /** The version failed before anything was sent to the client: let the next one answer, if there is one. */
  #fallBack(reason: string, outcome: Outcome, wanted: Wanted): boolean {
    const isSpent = this.#uploaded !== null && this.#uploaded.sizeBytes > 0;
    if (this.#isStarted || this.#isFinished || isSpent) return false;
    const next = this.#next(wanted);
    if (next === null) return false;
    this.#failed ??= { reason, outcome };
    this.#deps.events.fellBack(this.#request.plan.view.agent, this.#served.version.label, reason);
    this.#call?.abort();
    this.#tried.push(next);
    this.#served = next;
    this.#capture = new BodyCapture(this.#deps.captureLimitBytes);
    this.#firstByteMs = null;
    this.#send();
    return true;
  }

  #next(wanted: Wanted): Target | null {
    const { plan, route } = this.#request;
    const { upstreams } = this.#deps;
    const { agent } = plan.view;
    const fit = nextFit(plan, route, this.#tried, (label) =>
      wanted === 'room' ? upstreams.hasRoom(agent, label) : !upstreams.isEjected(agent, label),
    );
    return wanted === 'any' ? (fit ?? nextTarget(plan, route, this.#tried)) : fit;
  }

  #abandoned(): void {
    this.#call?.abort();
    this.#finish('client_abort', this.#isStarted ? this.#status : CLIENT_GONE, () => {});
  }

  #endOfStream(): void {
    this.#call?.abort();
    this.onEnd();
  }

  /** Our own answer in place of the upstream's. */
  #refuse(error: ApiError, outcome: Outcome, mayRepeat: boolean, close?: boolean): void {
    const body = Buffer.from(envelopeOf(error));
    this.#capture = new BodyCapture(this.#deps.captureLimitBytes);
    this.#capture.add(body, true);
    this.#contentType = 'application/json';
    // Once the request was on its way it may have had effects: SDKs must not repeat it by themselves.
    this.#head = mayRepeat ? [...JSON_HEADERS, 'retry-after', '1'] : [...JSON_HEADERS, 'x-should-retry', 'false'];
    this.#status = error.status;
    this.#finish(outcome, error.status, () => this.#reply.send(error.status, this.#replyHeaders(), body, close));
  }

  #startReply(): void {
    this.#isStarted = true;
    this.#reply.start(this.#status, this.#replyHeaders());
  }

  #write(bytes: Uint8Array): void {
    if (!this.#reply.write(bytes)) this.#call?.pause();
  }

  #deliver(): void {
    if (!this.#isStarted) this.#deliverWhole();
    else if (this.#events === null) this.#reply.end();
    else if (this.#events.done)
      this.#reply.end(Buffer.concat([Buffer.from(`id: ${this.#id()}\n`), this.#events.rest()]));
    else this.#reply.end(Buffer.concat([Buffer.from(`: coalmine-exchange-id ${this.#id()}\n\n`), this.#events.rest()]));
  }

  #deliverWhole(): void {
    const { bytes } = this.#capture.kept();
    if (this.#hasBody()) return this.#reply.send(this.#status, this.#replyHeaders(), bytes);
    const length = headerOf(this.#head, 'content-length');
    this.#reply.sendHead(this.#status, this.#replyHeaders(), length === undefined ? null : Number(length));
  }

  /** Whether an answer of this status to this method has a body at all (RFC 9110, sections 9.3.2 and 15). */
  #hasBody(): boolean {
    return this.#request.client.method !== 'HEAD' && this.#status !== 204 && this.#status !== 304;
  }

  /** A redirect is an answer where a client follows it by itself. */
  #outcomeOf(status: number): Outcome {
    return this.#outgoing.dialect.isRaw && status < 400 ? 'ok' : outcomeOfStatus(status);
  }

  #finish(outcome: Outcome, status: number, deliver: () => void): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#doneTimer);
    const latencyMs = this.#deps.elapsedMs() - this.#startedMs;
    const answered = {
      exchangeId: this.#id(),
      served: this.#served,
      failed: this.#failed,
      wasAsked: this.#failed?.reason !== EJECTED,
      status,
      outcome,
      latencyMs,
      firstByteMs: this.#firstByteMs,
      contentType: this.#contentType,
      upload: this.#uploaded?.kept() ?? null,
      body: this.#capture.kept(),
    };
    this.#deps.events.finished(this.#request.plan.view.agent, this.#served.version.label, status, latencyMs);
    const exchange = this.#deps.kept(journalEntry(this.#request, answered, this.#deps.captureLimitBytes));
    this.#outgoing.call.ended(outcome, status, exchange);
    this.#deps.append(exchange, deliver);
  }

  /** Given out once, when it is settled who answers. */
  #id(): string {
    this.#exchangeId ||= this.#deps.sign(claimsOf(this.#request, this.#served, this.#deps.nowMs()));
    return this.#exchangeId;
  }

  #replyHeaders(): string[] {
    const elapsedMs = Math.round(this.#deps.elapsedMs() - this.#startedMs);
    return [
      ...(this.#outgoing.dialect.isRaw
        ? endToEndHeaders(this.#head, this.#outgoing.hidesCors)
        : relayedHeaders(this.#head)),
      'x-request-id',
      this.#request.requestId,
      'openai-processing-ms',
      String(elapsedMs),
      'x-coalmine-version',
      this.#served.version.label,
      'x-coalmine-exchange-id',
      this.#id(),
    ];
  }
}
