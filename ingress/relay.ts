import { type Outcome, outcomeOfStatus } from '../schemas/exchange.ts';
import { BodyCapture } from './core/body-capture.ts';
import type { Reply } from './core/client-call.ts';
import { envelopeOf, upstreamFailed } from './core/error-envelope.ts';
import type { ApiError } from './core/error-envelope.ts';
import type { ExchangeClaims } from './core/exchange-id.ts';
import type { HeaderList } from './core/http1-response.ts';
import type { Entry } from './core/journal-record.ts';
import { claimsOf, CLIENT_GONE, failureOutcome, journalEntry } from './core/live-exchange.ts';
import type { RoutedRequest } from './core/live-exchange.ts';
import { forwardedHeaderLines, headerOf, relayedHeaders } from './core/request-headers.ts';
import type { Target } from './core/route.ts';
import { SseCutter } from './core/sse.ts';
import { isTimeout } from './core/upstream-call.ts';
import type { SendUpstream, UpstreamCall, UpstreamFailure, UpstreamSink } from './core/upstream-call.ts';
import type { IngressEvents } from './events.ts';

export type RelayDeps = {
  send: SendUpstream;
  append: (entry: Entry, done: () => void) => void;
  sign: (claims: ExchangeClaims) => string;
  /** A clock that never steps back, and the time of day. */
  elapsedMs: () => number;
  nowMs: () => number;
  captureLimitBytes: number;
  events: IngressEvents;
};

/** A stream that said `[DONE]` has this long to end before it is taken as ended. */
const DONE_LINGER_MS = 1_000;
const JSON_HEADERS = ['content-type', 'application/json'];

/**
 * One request on its way to a version and back. A plain answer is collected and sent whole as long as it fits what is
 * captured anyway; a longer one and a stream of events are relayed as they come, no faster than the client reads. The
 * end of the answer waits until the exchange is in the journal. As long as nothing was sent to the client, a failing
 * arm's request goes to the fallback instead.
 */
export class Relay implements UpstreamSink {
  readonly #deps: RelayDeps;
  readonly #request: RoutedRequest;
  readonly #reply: Reply;
  readonly #startedMs: number;
  readonly #forwarded: string;
  #call: UpstreamCall | null = null;
  #served: Target;
  #failed: { reason: string; outcome: Outcome } | null = null;
  #capture: BodyCapture;
  #status = 0;
  #relayed: readonly string[] = [];
  #contentType = '';
  #events: SseCutter | null = null;
  #isStarted = false;
  #isFinished = false;
  #firstByteMs: number | null = null;
  #exchangeId = '';
  #doneTimer: NodeJS.Timeout | undefined;

  constructor(deps: RelayDeps, request: RoutedRequest, reply: Reply, startedMs: number) {
    this.#deps = deps;
    this.#request = request;
    this.#reply = reply;
    this.#startedMs = startedMs;
    this.#served = request.route.target;
    this.#capture = new BodyCapture(deps.captureLimitBytes);
    this.#forwarded = `${forwardedHeaderLines(request.client.headers)}x-request-id: ${request.requestId}\r\n`;
    reply.onAborted(() => this.#abandoned());
    reply.onDrain(() => this.#call?.resume());
  }

  start(): void {
    const { version } = this.#served;
    const request = {
      upstream: version.upstream,
      path: this.#request.client.path.slice('/v1'.length),
      headerLines: `${this.#forwarded}x-coalmine-version: ${version.label}\r\n`,
      body: this.#request.client.body,
    };
    try {
      this.#call = this.#deps.send(request, this);
    } catch (error) {
      this.onFailure({ kind: 'connect', message: error instanceof Error ? error.message : String(error) });
    }
  }

  onHead(status: number, headers: HeaderList): void {
    const outcome = outcomeOfStatus(status);
    if (outcome === 'upstream_error' && this.#fallBack(`status ${status}`, outcome)) return;
    this.#status = status;
    this.#relayed = relayedHeaders(headers);
    this.#contentType = headerOf(headers, 'content-type') ?? '';
    if (!this.#contentType.toLowerCase().startsWith('text/event-stream')) return;
    this.#events = new SseCutter();
    this.#startReply();
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
    this.#finish(outcomeOfStatus(this.#status), this.#status, () => this.#deliver());
  }

  onFailure(failure: UpstreamFailure): void {
    this.#deps.events.upstreamFailed(this.#request.plan.view.agent, this.#served.version.label, failure);
    if (this.#events?.done) return this.onEnd();
    const outcome = failureOutcome(failure);
    if (this.#fallBack(failure.kind, outcome)) return;
    const error = apiErrorOf(failure);
    if (this.#events !== null) {
      const frame = Buffer.from(`data: ${envelopeOf(error)}\n\n`);
      this.#finish('truncated', this.#status, () => this.#reply.end(frame));
    } else if (this.#isStarted) this.#finish('truncated', this.#status, () => this.#reply.cut());
    else this.#refuse(error, outcome, failure);
  }

  /** The assigned version failed before anything was sent to the client: let the fallback answer, if there is one. */
  #fallBack(reason: string, outcome: Outcome): boolean {
    const { fallback } = this.#request.route;
    if (fallback === null || this.#failed !== null || this.#isStarted) return false;
    this.#failed = { reason, outcome };
    this.#deps.events.fellBack(this.#request.plan.view.agent, this.#served.version.label, reason);
    this.#call?.abort();
    this.#served = fallback;
    this.#capture = new BodyCapture(this.#deps.captureLimitBytes);
    this.#firstByteMs = null;
    this.start();
    return true;
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
  #refuse(error: ApiError, outcome: Outcome, failure: UpstreamFailure): void {
    const body = Buffer.from(envelopeOf(error));
    this.#capture = new BodyCapture(this.#deps.captureLimitBytes);
    this.#capture.add(body, true);
    this.#contentType = 'application/json';
    // Once the request was on its way it may have had effects: SDKs must not repeat it by themselves.
    const isUnsent = failure.kind === 'connect' || failure.kind === 'connect_timeout';
    this.#relayed = isUnsent ? JSON_HEADERS : [...JSON_HEADERS, 'x-should-retry', 'false'];
    this.#status = error.status;
    this.#finish(outcome, error.status, () => this.#deliver());
  }

  #startReply(): void {
    this.#isStarted = true;
    this.#reply.start(this.#status, this.#replyHeaders());
  }

  #write(bytes: Uint8Array): void {
    if (!this.#reply.write(bytes)) this.#call?.pause();
  }

  #deliver(): void {
    if (!this.#isStarted) this.#reply.send(this.#status, this.#replyHeaders(), this.#capture.kept().bytes);
    else if (this.#events === null) this.#reply.end();
    else this.#reply.end(Buffer.concat([Buffer.from(`: coalmine-exchange-id ${this.#id()}\n\n`), this.#events.rest()]));
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
      status,
      outcome,
      latencyMs,
      firstByteMs: this.#firstByteMs,
      contentType: this.#contentType,
      body: this.#capture.kept(),
    };
    this.#deps.events.finished(this.#request.plan.view.agent, this.#served.version.label, status, latencyMs);
    this.#deps.append(journalEntry(this.#request, answered, this.#deps.captureLimitBytes), deliver);
  }

  /** Given out once, when it is settled who answers. */
  #id(): string {
    this.#exchangeId ||= this.#deps.sign(claimsOf(this.#request, this.#served, this.#deps.nowMs()));
    return this.#exchangeId;
  }

  #replyHeaders(): string[] {
    const elapsedMs = Math.round(this.#deps.elapsedMs() - this.#startedMs);
    return [
      ...this.#relayed,
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

const apiErrorOf = (failure: UpstreamFailure): ApiError => {
  if (isTimeout(failure)) {
    return upstreamFailed(504, `upstream_${failure.kind}`, 'The version behind this agent did not answer in time.');
  }
  const isUnreachable = failure.kind === 'connect';
  const message = isUnreachable
    ? 'The version behind this agent could not be reached.'
    : 'The version behind this agent broke off its answer.';
  return upstreamFailed(502, isUnreachable ? 'upstream_unreachable' : 'upstream_broken', message);
};
