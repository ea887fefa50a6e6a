import { messageOf } from '../../schemas/error-message.ts';
import { noteAnswer, noteBreak, noteEnd, noteFailure } from './outlier.ts';
import { isRepeatable, isRepeatableStatus, retryDelayMs } from './retry-budget.ts';
import type { HeaderList } from '../protocol/http1-response.ts';
import type {
  SendUpstream,
  UpstreamCall,
  UpstreamFailure,
  UpstreamLimits,
  UpstreamRequest,
  UpstreamSink,
  WatchedCall,
} from '../protocol/upstream-call.ts';
import type { VersionGate, GatedCall, GateDeps } from './version-gate.ts';

export type CallDeps = GateDeps & { send: SendUpstream; random: () => number };

export type UnlimitedRequest = Omit<UpstreamRequest, 'limits'>;

const withLimits = (request: UnlimitedRequest, limits: UpstreamLimits): UpstreamRequest => ({
  upstream: request.upstream,
  method: request.method,
  path: request.path,
  headerLines: request.headerLines,
  body: request.body,
  limits,
});

/** Before its place or between two attempts; sent; over. */
type Phase = 'waiting' | 'sent' | 'over';

/**
 * One call between its caller and the upstream's client: it waits for its place, tells the gate how its attempts went,
 * and repeats an attempt if that is safe. It is the caller's handle and the client's sink in one, and passes everything
 * on as it is.
 */
export class GuardedCall implements WatchedCall, UpstreamSink, GatedCall {
  queued = false;
  before: GatedCall | null = null;
  after: GatedCall | null = null;
  waitsUntilMs = 0;
  readonly #deps: CallDeps;
  readonly #gate: VersionGate;
  readonly #request: UnlimitedRequest;
  readonly #sink: UpstreamSink;
  /** Whether another attempt is allowed; there is one at most. */
  #retryable: boolean;
  #isRetry = false;
  #phase: Phase = 'waiting';
  #head: 'none' | 'good' | 'bad' = 'none';
  #inner: UpstreamCall | null = null;
  /** Of a body that comes in parts: what came before there was anyone to give it to. */
  #held: Buffer[] | null = null;
  #isBodyWhole: boolean;

  constructor(deps: CallDeps, gate: VersionGate, request: UnlimitedRequest, sink: UpstreamSink, retryable: boolean) {
    this.#deps = deps;
    this.#gate = gate;
    this.#request = request;
    this.#sink = sink;
    this.#retryable = retryable;
    this.#isBodyWhole = Buffer.isBuffer(request.body);
  }

  start(): void {
    this.#phase = 'sent';
    let inner: UpstreamCall;
    try {
      inner = this.#deps.send(withLimits(this.#request, this.#gate.owner.limits), this);
    } catch (error) {
      const message = messageOf(error);
      queueMicrotask(() => this.onFailure({ kind: 'connect', message }));
      return;
    }
    // Already over, or to be repeated.
    if (this.#phase !== 'sent') return inner.abort();
    this.#inner = inner;
    if (this.#held !== null) this.#giveHeld(inner, this.#held);
  }

  refuse(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#sink.onFailure({ kind: 'overloaded', message: 'as many calls are under way and waiting as may be' });
  }

  abort(): void {
    if (this.#phase === 'over') return;
    const hasPlace = this.#phase === 'sent' || this.#isRetry;
    this.#phase = 'over';
    if (this.queued) this.#gate.leave(this);
    if (!hasPlace) return;
    this.#inner?.abort();
    this.#finish();
  }

  fail(failure: UpstreamFailure): void {
    if (this.#phase !== 'sent') return;
    this.#inner?.abort();
    this.onFailure(failure);
  }

  pause(): void {
    this.#inner?.pause();
  }

  resume(): void {
    this.#inner?.resume();
  }

  /** As long as the call waits, the part itself is kept, not a copy. */
  write(chunk: Buffer): boolean {
    if (this.#phase === 'over') return false;
    if (this.#inner === null) {
      (this.#held ??= []).push(chunk);
      return false;
    }
    this.#retryable = false;
    return this.#inner.write(chunk);
  }

  end(): void {
    if (this.#phase === 'over') return;
    this.#isBodyWhole = true;
    if (this.#inner === null) {
      this.#held ??= [];
      return;
    }
    this.#retryable = false;
    this.#inner.end();
  }

  onHead(status: number, headers: HeaderList): void {
    if (this.#phase !== 'sent') return;
    const { health } = this.#gate;
    if (status < 500) {
      this.#head = 'good';
      noteAnswer(health);
    } else {
      this.#head = 'bad';
      noteFailure(health);
      this.#gate.check();
      if (this.#retryable && isRepeatableStatus(this.#request.method, status) && this.#gate.mayRetry) {
        this.#inner?.abort();
        return this.#retry(`status ${status}`);
      }
    }
    this.#endRetry();
    this.#sink.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    if (this.#phase === 'sent') this.#sink.onData(chunk);
  }

  onEnd(): void {
    if (this.#phase !== 'sent') return;
    if (this.#head === 'good') noteEnd(this.#gate.health);
    this.#finish();
    this.#sink.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#phase !== 'sent') return;
    this.#note(failure);
    if (this.#mayRepeat(failure)) return this.#retry(failure.kind);
    this.#finish();
    this.#sink.onFailure(failure);
  }

  onWritable(): void {
    if (this.#phase === 'sent') this.#sink.onWritable?.();
  }

  #mayRepeat(failure: UpstreamFailure): boolean {
    if (!this.#retryable || this.#head !== 'none') return false;
    return isRepeatable(this.#request.method, failure) && this.#gate.mayRetry;
  }

  /** Only what is surely the upstream's fault is put down to it. */
  #note({ kind }: UpstreamFailure): void {
    // A client that reads or uploads slowly lets the time run out too.
    const isTimeUp = kind === 'total_timeout' || kind === 'first_byte_timeout';
    if (isTimeUp && (this.#head !== 'none' || !this.#isBodyWhole)) return;
    if (kind === 'overloaded' || this.#head === 'bad') return;
    if (this.#head === 'good') noteBreak(this.#gate.health);
    else noteFailure(this.#gate.health);
    this.#gate.check();
  }

  #retry(reason: string): void {
    this.#retryable = false;
    this.#isRetry = true;
    this.#phase = 'waiting';
    this.#head = 'none';
    this.#inner = null;
    this.#gate.retries += 1;
    this.#deps.events.retried(this.#gate.owner.agent, this.#gate.label, reason);
    this.#deps.later(retryDelayMs(this.#deps.random()), () => {
      if (this.#phase === 'waiting') this.start();
    });
  }

  #endRetry(): void {
    if (!this.#isRetry) return;
    this.#isRetry = false;
    this.#gate.retries -= 1;
  }

  /** The place is free before anyone hears of the end, so that whoever sends again because of it finds it so. */
  #finish(): void {
    this.#phase = 'over';
    this.#inner = null;
    this.#held = null;
    this.#endRetry();
    this.#gate.release();
  }

  #giveHeld(inner: UpstreamCall, held: readonly Buffer[]): void {
    this.#held = null;
    this.#retryable = false;
    let isWritable = true;
    for (const chunk of held) isWritable = inner.write(chunk);
    if (this.#isBodyWhole) inner.end();
    else if (isWritable) this.#sink.onWritable?.();
  }
}
