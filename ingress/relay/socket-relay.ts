import type { AdmissionCall } from '../admission/admission-call.ts';
import { outcomeOfStatus } from '../../schemas/exchange.ts';
import type { Outcome } from '../../schemas/exchange.ts';
import { failureError, unavailable, upstreamFailed } from '../protocol/error-envelope.ts';
import type { ApiError, Refusal } from '../protocol/error-envelope.ts';
import type { Entry, ExchangeEntry } from '../exchange/journal-record.ts';
import { CLIENT_GONE, failureOutcome, ownHeaders } from '../exchange/live-exchange.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { isPassing, nextFit } from '../routing/fallback.ts';
import { isWithdrawn, nextTarget } from '../routing/route.ts';
import type { RoutingPlan, Target } from '../routing/route.ts';
import type {
  Handshake,
  OpenUpstreamSocket,
  Socket,
  UpstreamSocket,
  UpstreamSocketSink,
} from '../protocol/socket-call.ts';
import { Turns } from '../exchange/turns.ts';
import type { Turn } from '../exchange/turns.ts';
import type { HeaderList } from '../protocol/http1-response.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import {
  CLOSE,
  closeForClient,
  closeForRefused,
  closeForUpstream,
  outcomeOfEnding,
} from '../protocol/websocket-close.ts';
import type { Close, Ending } from '../protocol/websocket-close.ts';
import { handshakeEntry, latencyMs, slimmed, STATUS_OF, turnEntry } from '../exchange/websocket-exchange.ts';
import type { Served } from '../exchange/websocket-exchange.ts';
import type { IngressEvents } from '../events.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { AdmittedSocket } from './admitted-socket.ts';
import type { SocketEvents } from './socket-events.ts';
import { TurnAdmission } from './turn-admission.ts';

export type SocketRelayDeps = {
  open: OpenUpstreamSocket;
  /** What may be kept of an exchange, by its agent's policy. */
  kept: (exchange: ExchangeEntry) => ExchangeEntry;
  append: (entry: Entry, done: () => void) => void;
  /** The id of an exchange that this version answered, at this time of day. */
  sign: (request: RoutedRequest, served: Target, timeMs: number) => string;
  /** A clock that never steps back, and the time of day. */
  elapsedMs: () => number;
  nowMs: () => number;
  captureLimitBytes: number;
  /** A turn is over when nobody has said anything for so long after an answer. */
  turnIdleMs: number;
  /** The most, beside one message, that waits for a side that takes it slowly. */
  maxBufferedBytes: number;
  upstreams: Pick<Upstreams, 'hasRoom'>;
  events: SocketEvents & Pick<IngressEvents, 'finished' | 'refused' | 'upstreamFailed' | 'fellBack'>;
};

const GOING_AWAY: Close = { code: CLOSE.goingAway, reason: '' };
const TOO_SLOW: Close = {
  code: CLOSE.tryAgainLater,
  reason: 'the version behind this agent takes messages too slowly',
};
const RESTART: Close = { code: CLOSE.serviceRestart, reason: 'connect again' };
/** The status of a handshake that brought a connection. */
const SWITCHED = 101;
const STOPPING = unavailable('stopping', 'This front door is about to stop. Try again.');

/**
 * One WebSocket connection on its way to a version and back. The client's handshake is answered when the upstream's was;
 * until then a failing version's connection goes to the next target. From then on the version is fixed, and messages go
 * both ways at once, no faster than the client reads. Each turn is journalled when it ends.
 */
export class SocketRelay implements UpstreamSocketSink {
  readonly #deps: SocketRelayDeps;
  readonly #request: RoutedRequest;
  readonly #startedMs: number;
  readonly #over: () => void;
  readonly #call: AdmissionCall;
  readonly #admission: TurnAdmission;
  readonly #turns: Turns;
  #callFor: AdmittedSocket['callFor'] | null;
  #handshake: Handshake | null;
  #client: Socket | null = null;
  #upstream: UpstreamSocket | null = null;
  #by: Served;
  #tried: Target[] = [];
  #isOpen = false;
  #isPaused = false;
  #isOver = false;
  #isLeaving = false;
  #turnTimer: NodeJS.Timeout | null = null;
  #drainTimer: NodeJS.Timeout | null = null;

  constructor(deps: SocketRelayDeps, admitted: AdmittedSocket, handshake: Handshake, over: () => void) {
    this.#deps = deps;
    this.#request = slimmed(admitted.request);
    this.#startedMs = deps.elapsedMs();
    this.#callFor = admitted.callFor;
    this.#handshake = handshake;
    this.#by = { served: admitted.request.route.target, failed: null, wasAsked: true, connectionId: '' };
    this.#turns = new Turns(deps.captureLimitBytes);
    this.#call = admitted.call;
    // Not the whole of what was admitted, which is more than an idle connection should hold.
    this.#call.client = this.#request.client;
    this.#admission = new TurnAdmission(this.#call);
    this.#over = over;
    handshake.onAborted(() => this.#abandoned());
  }

  get agent(): string {
    return this.#request.plan.view.agent;
  }

  get sequence(): number {
    return this.#request.plan.view.sequence;
  }

  get #version(): string {
    return this.#by.served.version.label;
  }

  start(): void {
    const call = this.#callFor!(this.#by.served, this.#tried);
    if ('kind' in call) {
      if (this.#by.failed === null) this.#by.wasAsked = false;
      this.onFailure(call);
    } else this.#upstream = this.#deps.open(call, this);
  }

  onFailure(failure: UpstreamFailure): void {
    this.#deps.events.upstreamFailed(this.agent, this.#version, failure);
    const outcome = failureOutcome(failure);
    if (!this.#fallBack(failure.kind, outcome)) this.#refuse(failureError(failure), outcome);
  }

  onRefused(status: number, headers: HeaderList): void {
    const told = outcomeOfStatus(status);
    // Another good status than 101 is an upstream that speaks no WebSocket here.
    const outcome = told === 'ok' ? 'upstream_error' : told;
    const isFailure = outcome === 'upstream_error';
    if (isFailure || isPassing(this.#request.plan, status, headers))
      if (this.#fallBack(`status ${status}`, outcome, !isFailure)) return;
    this.#refuse(refusalOf(status, outcome), outcome);
  }

  onOpen(protocol: string): void {
    const handshake = this.#handshake!;
    this.#handshake = null;
    this.#callFor = null;
    this.#tried = [];
    this.#by.connectionId = this.#sign(this.#deps.nowMs());
    this.#deps.events.opened(this.agent, this.#version);
    this.#isOpen = true;
    const client = handshake.accept(protocol, this.#headers(), {
      onMessage: (message, isBinary) => this.#asked(message, isBinary),
      onClose: (close) => {
        this.#upstream?.close(closeForUpstream(close));
        this.#finish({ by: 'client', close });
      },
      onDrain: () => this.#drained(),
    });
    if (!this.#isOver) this.#client = client;
  }

  onMessage(message: Buffer, isBinary: boolean): void {
    const client = this.#client;
    if (client === null || this.#isOver) return;
    if (this.#turns.fromUpstream(message, isBinary, this.#deps.elapsedMs())) this.#awaitTurnEnd();
    else this.#deps.events.unasked(this.agent, this.#version);
    client.send(message, isBinary);
    if (this.#isPaused || client.bufferedBytes() <= this.#deps.maxBufferedBytes) return;
    this.#isPaused = true;
    this.#upstream?.pause();
  }

  onClose(close: Close): void {
    if (this.#isOver) return;
    this.#client?.close(closeForClient(close));
    this.#finish({ by: 'upstream', close });
  }

  /** The agent's routing changed: if this connection's version went out of service, it is closed after `drainMs`. */
  routed(plan: RoutingPlan, drainMs: number): void {
    if (!isWithdrawn(plan, this.#request.route, this.#by.served)) {
      if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
      this.#drainTimer = null;
    } else this.#drainTimer ??= setTimeout(() => this.close(RESTART), drainMs);
  }

  /** Closes the connection as soon as no turn is under way: now, or a while after the answer. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#turns.isUnderWay) this.close(RESTART);
  }

  close(close: Close): void {
    if (this.#isOver) return;
    this.#upstream?.close(GOING_AWAY);
    this.#client?.close(close);
    const handshake = this.#handshake;
    this.#finish({ by: 'drained' });
    handshake?.refuse(STOPPING, []);
  }

  #asked(message: Buffer, isBinary: boolean): void {
    const { maxBufferedBytes } = this.#deps;
    if (this.#upstream!.bufferedBytes() > maxBufferedBytes || this.#admission.heldBytes > maxBufferedBytes)
      return this.#cutOff(TOO_SLOW, { by: 'overflow' });
    if (this.#admission.isWaiting) return this.#admission.hold(message, isBinary);
    if (!this.#turns.isUnderWay || this.#turns.isAnswered) {
      this.#endTurn();
      const refusal = this.#admission.begin((late) => this.#decided(late));
      if (refusal === undefined) return this.#admission.hold(message, isBinary);
      if (refusal !== null) return this.#refuseTurn(refusal);
    }
    this.#ask(message, isBinary);
  }

  /** A message of an admitted turn. */
  #ask(message: Buffer, isBinary: boolean): void {
    this.#turns.fromClient(message, isBinary, this.#deps.elapsedMs());
    this.#upstream!.send(message, isBinary);
  }

  #decided(refusal: Refusal | null): void {
    if (this.#isOver) return;
    const held = this.#admission.taken();
    if (refusal !== null) return this.#refuseTurn(refusal);
    for (const { bytes, isBinary } of held) this.#ask(bytes, isBinary);
  }

  #refuseTurn({ error }: Refusal): void {
    this.#deps.events.refused(error.code);
    this.#admission.abandon(error.status);
    this.#cutOff(closeForRefused(error), { by: 'refused' });
  }

  #cutOff(close: Close, ending: Ending): void {
    this.#client?.close(close);
    this.#upstream!.close(GOING_AWAY);
    this.#finish(ending);
  }

  /** The turn under way is over and was whole. */
  #endTurn(): void {
    this.#stopTurnTimer();
    const ended = this.#turns.end();
    if (ended !== null) this.#record(ended, 'ok');
  }

  #drained(): void {
    if (!this.#isPaused || this.#client!.bufferedBytes() > this.#deps.maxBufferedBytes / 2) return;
    this.#isPaused = false;
    this.#upstream?.resume();
  }

  #awaitTurnEnd(): void {
    if (this.#turnTimer === null) this.#turnTimer = setTimeout(() => this.#turnIsIdle(), this.#deps.turnIdleMs);
    else this.#turnTimer.refresh();
  }

  #turnIsIdle(): void {
    // It is the client that is slow: what follows belongs to the same answer.
    if (this.#isPaused) return void this.#turnTimer?.refresh();
    this.#endTurn();
    if (this.#isLeaving) this.close(RESTART);
  }

  #stopTurnTimer(): void {
    if (this.#turnTimer !== null) clearTimeout(this.#turnTimer);
    this.#turnTimer = null;
  }

  /** The version failed before the client's handshake was answered: let the next target take it, if there is one. */
  #fallBack(reason: string, outcome: Outcome, needsRoom = false): boolean {
    this.#tried.push(this.#by.served);
    const { plan, route } = this.#request;
    const next = needsRoom
      ? nextFit(plan, route, this.#tried, (label) => this.#deps.upstreams.hasRoom(this.agent, label))
      : nextTarget(plan, route, this.#tried);
    if (next === null) return false;
    this.#deps.events.fellBack(this.agent, this.#version, reason);
    this.#upstream = null;
    this.#by = { ...this.#by, served: next, failed: this.#by.failed ?? { reason, outcome } };
    this.start();
    return true;
  }

  /** The client left its handshake. One that was refused is recorded already, and only waits for the journal. */
  #abandoned(): void {
    if (this.#isOver) return;
    this.#upstream?.close(null);
    this.#recordHandshake('client_abort', CLIENT_GONE, () => {});
    this.#end();
  }

  #refuse(error: ApiError, outcome: Outcome): void {
    const handshake = this.#handshake!;
    this.#recordHandshake(outcome, error.status, () => handshake.refuse(error, this.#headers()));
    this.#end();
  }

  #finish(ending: Ending): void {
    if (this.#isOver) return;
    const { events } = this.#deps;
    const turn = this.#turns.end();
    const isAnswered = turn !== null && turn.firstMessageMs !== null;
    // What we cut off ourselves says nothing about its version.
    const wasAsked = isAnswered || ending.by !== 'drained';
    if (turn !== null) this.#record(turn, outcomeOfEnding(ending, isAnswered), wasAsked);
    else if (this.#turns.count === 0 && this.#by.failed !== null) this.#recordHandshake('ok', STATUS_OF.ok, () => {});
    if (this.#isOpen) events.closed(this.agent, this.#version, ending.by);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTurnTimer();
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#handshake = null;
    this.#client = null;
    this.#upstream = null;
    this.#admission.abandon();
    this.#call.settle(this.#isOpen ? SWITCHED : STOPPING.status);
    this.#over();
  }

  #record(turn: Turn, outcome: Outcome, wasAsked = true): void {
    const { elapsedMs, nowMs, events, captureLimitBytes } = this.#deps;
    const endedMs = elapsedMs();
    const startedAtMs = Math.round(nowMs() - (endedMs - turn.startedMs));
    const exchangeId = turn.number === 1 ? this.#by.connectionId : this.#sign(startedAtMs);
    const ended = { turn, outcome, startedAtMs, endedMs, exchangeId, wasAsked };
    events.finished(this.agent, this.#version, STATUS_OF[outcome], latencyMs(ended));
    const exchange = this.#deps.kept(turnEntry(this.#request, this.#by, ended, captureLimitBytes));
    const call = this.#admission.ended();
    call?.ended(outcome, STATUS_OF[outcome], exchange);
    this.#deps.append(exchange, () => {});
    call?.settle(STATUS_OF[outcome]);
  }

  #recordHandshake(outcome: Outcome, status: number, done: () => void): void {
    const { elapsedMs, nowMs, events, captureLimitBytes } = this.#deps;
    const latencyMs = elapsedMs() - this.#startedMs;
    this.#by.connectionId ||= this.#sign(nowMs());
    events.finished(this.agent, this.#version, status, latencyMs);
    const answered = { outcome, status, latencyMs };
    const exchange = this.#deps.kept(handshakeEntry(this.#request, this.#by, answered, captureLimitBytes));
    this.#call.ended(outcome, status, exchange);
    this.#deps.append(exchange, done);
  }

  #sign(timeMs: number): string {
    return this.#deps.sign(this.#request, this.#by.served, timeMs);
  }

  #headers(): string[] {
    return ownHeaders(this.#request, this.#by.served, this.#by.connectionId);
  }
}

const refusalOf = (status: number, outcome: Outcome): ApiError => {
  const message = `The version behind this agent answered a WebSocket handshake with status ${status}.`;
  if (outcome !== 'client_error') return upstreamFailed(502, 'upstream_refused', message);
  return { status, type: 'upstream_error', code: 'upstream_refused', message, param: null };
};
