import { type Outcome, outcomeOfStatus } from '../../schemas/exchange.ts';
import { BodyCapture } from '../exchange/body-capture.ts';
import type { Reply, ReplyHeaders, Upload } from '../protocol/client-call.ts';
import { withoutOverridden } from '../policy/credentials.ts';
import { bodyTooLarge, envelopeOf, failureError } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';
import { mayHaveBody, toldLength } from '../protocol/bodiless.ts';
import type { HeaderList } from '../protocol/http1-response.ts';
import type { Entry, ExchangeEntry } from '../exchange/journal-record.ts';
import { CLIENT_GONE, failureOutcome, journalEntry, ownHeaders } from '../exchange/live-exchange.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { endToEndHeaders, forwardedHeaderLines, headerOf, relayedHeaders } from '../protocol/request-headers.ts';
import { isPassing, nextFit } from '../routing/fallback.ts';
import type { Wanted } from '../routing/fallback.ts';
import { nextTarget } from '../routing/route.ts';
import type { Target } from '../routing/route.ts';
import { isUnsent } from '../protocol/upstream-call.ts';
import type { UpstreamFailure, UpstreamSink, WatchedCall } from '../protocol/upstream-call.ts';
import type { IngressEvents } from '../events.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { AnswerWay } from './answer-way.ts';
import type { AnswerOwner } from './answer-way.ts';
import { FirstContentTimer } from './first-content-timer.ts';
import type { Outgoing } from './outgoing.ts';
import { ProvokedStatus } from './provoked-status.ts';

export type RelayDeps = {
  upstreams: Upstreams;
  /** What may be kept of an exchange, by its agent's policy. */
  kept: (exchange: ExchangeEntry) => ExchangeEntry;
  append: (entry: Entry, done: () => void) => void;
  /** The id of an exchange that this version answered, at this time of day. */
  sign: (request: RoutedRequest, served: Target, timeMs: number) => string;
  /** A clock that never steps back, and the time of day. */
  elapsedMs: () => number;
  nowMs: () => number;
  captureLimitBytes: number;
  /** Header lines for one upstream alone, such as a provider's key. */
  credentialLines: (upstream: string) => string;
  events: IngressEvents;
};

/** A stream that said its last has this long to end before it is taken as ended. */
const DONE_LINGER_MS = 500;
const SILENT: UpstreamFailure = { kind: 'idle_timeout', message: 'nothing but signs of life, and no content in time' };
/** The reason for which a version is not even asked. */
const EJECTED = 'ejected';
const JSON_HEADERS = ['content-type', 'application/json'];

/**
 * One request on its way to a version and back. A plain answer is collected and sent whole as long as it fits what is
 * captured anyway; a longer one and a stream are relayed as they come, no faster than the client reads. The end of the
 * answer waits until the exchange is in the journal. As long as nothing was sent to the client, and nothing of a body that
 * can't be sent again, a failing version's request goes to the next one.
 */
export class Relay implements UpstreamSink, AnswerOwner {
  readonly #deps: RelayDeps;
  readonly #request: RoutedRequest;
  readonly #outgoing: Outgoing;
  readonly #reply: Reply;
  readonly #startedMs: number;
  readonly #forwarded: string;
  #call: WatchedCall | null = null;
  #served: Target;
  /** The one that serves now included. */
  readonly #tried: Target[];
  #failed: { reason: string; outcome: Outcome } | null = null;
  #uploaded: BodyCapture | null = null;
  #isUploaded = false;
  #way: AnswerWay;
  #status = 0;
  #head: HeaderList = [];
  #contentType = '';
  #isFinished = false;
  #isExcused = false;
  #firstByteMs: number | null = null;
  #exchangeId = '';
  #doneTimer: NodeJS.Timeout | undefined;
  readonly #firstContent = new FirstContentTimer();
  readonly #provoked = new ProvokedStatus();

  constructor(deps: RelayDeps, request: RoutedRequest, outgoing: Outgoing, reply: Reply, startedMs: number) {
    this.#deps = deps;
    this.#request = request;
    this.#outgoing = outgoing;
    this.#reply = reply;
    this.#startedMs = startedMs;
    this.#served = request.route.target;
    this.#tried = [this.#served];
    this.#way = this.#newWay();
    const lines = forwardedHeaderLines(request.client.headers, outgoing.dialect.isRaw);
    // Bytes are relayed and read in, so they should come as they are.
    this.#forwarded = `${lines}accept-encoding: identity\r\nx-request-id: ${request.requestId}\r\n`;
    reply.onAborted(() => this.#abandoned());
    reply.onDrain(() => this.#way.drained());
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
    const said = status < 400 ? null : this.#provokedSaid(status);
    if (isFailure || said === 'ask' || isPassing(this.#request.plan, status, headers))
      if (this.#fallBack(`status ${status}`, outcome, isFailure ? 'any' : said === 'ask' ? 'sound' : 'room')) return;
    if (said !== null) [this.#served, this.#failed, this.#isExcused] = [this.#request.route.target, null, true];
    this.#status = status;
    this.#contentType = headerOf(headers, 'content-type') ?? '';
    const hasBody = this.#hasBody();
    this.#head = this.#way.begin({ status, headers, hasBody });
    const isLengthKnown = headerOf(headers, 'content-length') !== undefined && !this.#way.isRecoded;
    const mayGrow = this.#outgoing.dialect.isRaw && !isLengthKnown && hasBody;
    if (this.#way.reading.isPiecewise || mayGrow) this.#way.start();
    this.#watch();
  }

  onData(chunk: Buffer): void {
    if (!this.#isFinished && this.#hasBody()) this.#way.push(chunk);
  }

  onEnd(): void {
    if (!this.#isFinished) this.#way.end();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#isFinished) return;
    this.#deps.events.upstreamFailed(this.#request.plan.view.agent, this.#served.version.label, failure);
    if (this.#way.reading.isSaid) return this.answerEnded();
    const outcome = failureOutcome(failure);
    if (this.#fallBack(failure.kind, outcome, 'any')) return;
    if (!this.#way.isStarted) return this.#refuse(failureError(failure), outcome, isUnsent(failure));
    this.#breakOff(failure);
  }

  onWritable(): void {
    this.#outgoing.upload?.resume();
  }

  startReply(): void {
    this.#reply.start(this.#status, this.#replyHeaders());
  }

  answerGrew(): void {
    const { reading } = this.#way;
    if (this.#firstByteMs === null && reading.hasContent) {
      this.#firstByteMs = this.#deps.elapsedMs() - this.#startedMs;
      this.#firstContent.stop();
    }
    if (this.#firstByteMs === null) this.#watch();
    if (reading.isOver) this.#doneTimer ??= setTimeout(() => this.#endOfStream(), DONE_LINGER_MS);
  }

  answerEnded(): void {
    if (this.#isFinished) return;
    const { reading, isUndecodable } = this.#way;
    const isGood = this.#status < 300;
    const end = reading.end(isGood);
    if (end === 'missing') return this.#breakOff({ kind: 'closed', message: 'the stream ended before its last event' });
    if (isGood) this.#outgoing.answered?.(this.#served, reading.capture.kept().bytes);
    const isBroken = end === 'told' || isUndecodable;
    this.#finish(isBroken ? 'truncated' : this.#outcomeOf(this.#status), this.#status, () => this.#deliver());
  }

  answerBroke(failure: UpstreamFailure, isCallOver: boolean): void {
    if (isCallOver) this.onFailure(failure);
    else this.#call?.fail(failure);
  }

  pauseUpstream(): void {
    this.#call?.pause();
  }

  resumeUpstream(): void {
    this.#call?.resume();
  }

  /** What a heartbeat is in an agent's own protocol, only that knows. */
  #watch(): void {
    const { signs } = this.#way.reading;
    if (signs === null || this.#outgoing.dialect.isRaw) return;
    const idleMs = (): number => this.#deps.upstreams.idleMs(this.#request.plan.view.agent);
    this.#firstContent.watch(signs, idleMs, () => this.#call?.fail(SILENT));
  }

  /** What the client has already can't be taken back: it is told that there is no more. */
  #breakOff(failure: UpstreamFailure): void {
    const { brokenStream } = this.#outgoing.dialect;
    const error = failureError(failure);
    const lastWords = brokenStream !== null && this.#way.reading.takesWords ? Buffer.from(brokenStream(error)) : null;
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
    if (this.#way.isStarted) this.#finish('client_abort', this.#status, () => this.#reply.cut());
    else this.#refuse(error, 'client_error', false, true);
  }

  #provokedSaid(status: number): ReturnType<ProvokedStatus['said']> {
    const [isRaw, hasFailed] = [this.#outgoing.dialect.isRaw, this.#failed !== null];
    const answering = { served: this.#served, isRaw, hasFailed, isSpent: this.#isSpent };
    return this.#provoked.said(status, this.#request, answering);
  }

  /** A part of a body that can't be sent again is gone. */
  get #isSpent(): boolean {
    return this.#uploaded !== null && this.#uploaded.sizeBytes > 0;
  }

  /** The version failed before anything was sent to the client: let the next one answer, if there is one. */
  #fallBack(reason: string, outcome: Outcome, wanted: Wanted): boolean {
    if (this.#way.isStarted || this.#isFinished || this.#isSpent) return false;
    const next = this.#next(wanted);
    if (next === null) return false;
    this.#failed ??= { reason, outcome };
    this.#deps.events.fellBack(this.#request.plan.view.agent, this.#served.version.label, reason);
    this.#call?.abort();
    this.#tried.push(next);
    this.#served = next;
    this.#startAnew();
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

  /** What came so far is none of the answer. */
  #startAnew(): void {
    this.#way.stop();
    this.#firstContent.stop();
    this.#way = this.#newWay();
  }

  #newWay(): AnswerWay {
    const { dialect, choices } = this.#outgoing;
    const { stream: isStream, client } = this.#request;
    const asked = { dialect, choices, isStream, captureLimitBytes: this.#deps.captureLimitBytes };
    return new AnswerWay(this, this.#reply, asked, client.headers.get('accept-encoding'));
  }

  /** A client that leaves before it got any content got no answer. */
  #abandoned(): void {
    this.#call?.abort();
    if (!this.#way.isStarted) this.#firstByteMs = null;
    this.#finish('client_abort', this.#firstByteMs === null ? CLIENT_GONE : this.#status, () => {});
  }

  #endOfStream(): void {
    this.#call?.abort();
    this.answerEnded();
  }

  /** Our own answer in place of the upstream's. */
  #refuse(error: ApiError, outcome: Outcome, mayRepeat: boolean, close?: boolean): void {
    const body = Buffer.from(envelopeOf(error));
    this.#startAnew();
    this.#way.reading.capture.add(body, true);
    this.#contentType = 'application/json';
    // Once the request was on its way it may have had effects: SDKs must not repeat it by themselves.
    this.#head = mayRepeat ? [...JSON_HEADERS, 'retry-after', '1'] : [...JSON_HEADERS, 'x-should-retry', 'false'];
    this.#status = error.status;
    this.#finish(outcome, error.status, () => this.#reply.send(error.status, this.#replyHeaders(), body, close));
  }

  #deliver(): void {
    if (this.#way.isStarted) this.#reply.end(this.#way.reading.lastWords(this.#id()));
    else this.#deliverWhole();
  }

  #deliverWhole(): void {
    if (this.#hasBody()) return this.#reply.send(this.#status, this.#replyHeaders(), this.#way.whole);
    this.#reply.sendHead(this.#status, this.#replyHeaders(), toldLength(this.#status, this.#head));
  }

  #hasBody(): boolean {
    return mayHaveBody(this.#request.client.method, this.#status);
  }

  /** A redirect is an answer where a client follows it by itself. */
  #outcomeOf(status: number): Outcome {
    return this.#outgoing.dialect.isRaw && status < 400 ? 'ok' : outcomeOfStatus(status);
  }

  #finish(outcome: Outcome, status: number, deliver: () => void): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#way.stop();
    clearTimeout(this.#doneTimer);
    this.#firstContent.stop();
    const latencyMs = this.#deps.elapsedMs() - this.#startedMs;
    const answered = {
      exchangeId: this.#id(),
      served: this.#served,
      failed: this.#failed,
      wasAsked: this.#failed?.reason !== EJECTED,
      provoked: this.#isExcused,
      status,
      outcome,
      latencyMs,
      firstByteMs: this.#firstByteMs,
      contentType: this.#contentType,
      upload: this.#uploaded?.kept() ?? null,
      body: this.#way.reading.capture.kept(),
    };
    this.#deps.events.finished(this.#request.plan.view.agent, this.#served.version.label, status, latencyMs);
    const exchange = this.#deps.kept(journalEntry(this.#asked(), answered, this.#deps.captureLimitBytes));
    this.#outgoing.call.ended(outcome, status, exchange);
    this.#deps.append(exchange, deliver);
  }

  /** Whoever speaks a protocol of its own says nowhere that it wants a stream: it did if it got one. */
  #asked(): RoutedRequest {
    const isStream = this.#outgoing.dialect.isRaw && this.#way.reading.isEvents;
    return isStream && !this.#request.stream ? { ...this.#request, stream: true } : this.#request;
  }

  /** Given out once, when it is settled who answers. */
  #id(): string {
    this.#exchangeId ||= this.#deps.sign(this.#request, this.#served, this.#deps.nowMs());
    return this.#exchangeId;
  }

  #replyHeaders(): ReplyHeaders {
    const elapsedMs = Math.round(this.#deps.elapsedMs() - this.#startedMs);
    const { dialect, hidesCors } = this.#outgoing;
    const headers = dialect.isRaw ? endToEndHeaders(this.#head, hidesCors) : relayedHeaders(this.#head);
    headers.push('openai-processing-ms', String(elapsedMs), ...ownHeaders(this.#request, this.#served, this.#id()));
    return headers;
  }
}
