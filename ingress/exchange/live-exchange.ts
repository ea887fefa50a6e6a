import { hash } from 'node:crypto';
import { isOwnProtocol } from '../../openai/answer.ts';
import { isEvidence, isRandom, MAX_CONTENT_TYPE_CHARACTERS, type Outcome } from '../../schemas/exchange.ts';
import type { KeptBody } from './body-capture.ts';
import { withQuery } from '../protocol/client-call.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import type { ExchangeClaims } from './exchange-id.ts';
import type { ExchangeEntry } from './journal-record.ts';
import type { CapturedBody } from './exchange-head.ts';
import { slicesOf } from '../routing/route.ts';
import type { Route, RoutingPlan, Target } from '../routing/route.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { isTimeout } from '../protocol/upstream-call.ts';

/** A routed request: what is known before anyone answers. */
export type RoutedRequest = {
  client: ClientRequest;
  /** Whether it asked for a stream of events. */
  stream: boolean;
  metadata: Readonly<Record<string, string>>;
  plan: RoutingPlan;
  route: Route;
  /** Keyed hash of the subject. */
  subject: string;
  /** Who asks, as the exchange's id says it. */
  caller: number;
  /** Whether the caller may name subjects. */
  vouched: boolean;
  requestId: string;
  startedAtMs: number;
  /** The version's upstream was near its limits. */
  busy: boolean;
  /** Whether the client is told which version answers: who can tell the arms apart can be bad to one of them alone. */
  tellsVersion: boolean;
};

/** How the request went. `failed` is what became of the assigned version if another one had to answer. */
export type ExchangeResult = {
  exchangeId: string;
  served: Target;
  failed: { reason: string; outcome: Outcome } | null;
  /** False if we did not let the assigned version answer: what came of it says nothing about that version. */
  wasAsked: boolean;
  /** Its 4xx was the request's doing, and stable's answer as well. */
  provoked?: boolean;
  status: number;
  outcome: Outcome;
  latencyMs: number;
  firstByteMs: number | null;
  contentType: string;
  /** The request's body if it came as an upload. */
  upload: KeptBody | null;
  body: KeptBody;
};

/** The status that stands for "the client left before it got one". */
export const CLIENT_GONE = 499;

export const failureOutcome = (failure: UpstreamFailure): Outcome =>
  isTimeout(failure) ? 'upstream_timeout' : 'upstream_error';

/** Only what the drawn arm said itself is evidence about it. Feedback speaks of the version that answered. */
export const claimsOf = (request: RoutedRequest, served: Target, timeMs: number): ExchangeClaims => ({
  agent: request.plan.view.agent,
  rollout: request.plan.view.rollout,
  routingSequence: request.plan.view.sequence,
  version: served.version.label,
  arm: served.arm,
  evidence: isEvidence({ ...request.route, vouched: request.vouched }) && served === request.route.target,
  subjectBucket: request.route.subjectBucket,
  caller: request.caller,
  timeMs,
});

/** What of an exchange every answer tells its client. */
export const ownHeaders = ({ requestId, tellsVersion }: RoutedRequest, served: Target, exchangeId: string): string[] =>
  tellsVersion
    ? ['x-request-id', requestId, 'x-coalmine-version', served.version.label, 'x-coalmine-exchange-id', exchangeId]
    : ['x-request-id', requestId, 'x-coalmine-exchange-id', exchangeId];

const NO_TAIL = Buffer.alloc(0);
const keptWhole = (body: Buffer, limitBytes: number): KeptBody =>
  body.length <= limitBytes
    ? { bytes: body, tail: NO_TAIL, sizeBytes: body.length, truncated: false, sha256: '' }
    : {
        bytes: body.subarray(0, limitBytes),
        tail: NO_TAIL,
        sizeBytes: body.length,
        truncated: true,
        sha256: hash('sha256', body, 'hex'),
      };

const clipped = (contentType: string): string => contentType.slice(0, MAX_CONTENT_TYPE_CHARACTERS);

/** W3C Trace Context, section 3.2. It goes into headers of the record, where any other text could be of any length. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const traceparentOf = (value: string | undefined): string | null =>
  value !== undefined && TRACEPARENT.test(value) ? value : null;

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

const BY_PROTOCOL = { requestPath: '', answerPath: '' };

/** Where its texts stand, of a call in the agent's own protocol; the paths of the OpenAI API say that by themselves. */
const pointersOf = ({ plan, client }: RoutedRequest): { requestPath: string; answerPath: string } => {
  const { http } = plan.view;
  return http === null || !isOwnProtocol(client.path) ? BY_PROTOCOL : http;
};

/**
 * The finished exchange for the journal. If another version had to answer, `outcome` is what became of the assigned one
 * (one error of its arm), while status, times and answer are what the client saw.
 */
export const journalEntry = (
  request: RoutedRequest,
  answered: ExchangeResult,
  captureLimitBytes: number,
): ExchangeEntry => {
  const { client, plan, route } = request;
  const { served, failed, body } = answered;
  const sent = answered.upload ?? keptWhole(client.body, captureLimitBytes);
  const asked: CapturedBody = {
    contentType: clipped(client.headers.get('content-type') ?? ''),
    sizeBytes: sent.sizeBytes,
    truncated: sent.truncated,
    sha256: sent.sha256,
  };
  const { sizeBytes, truncated, sha256 } = body;
  const { requestPath, answerPath } = pointersOf(request);
  const head = {
    exchangeId: answered.exchangeId,
    agent: plan.view.agent,
    rollout: plan.view.rollout,
    routingSequence: plan.view.sequence,
    assignment: answered.wasAsked || !isRandom(route) ? route.assignment : ('override' as const),
    assignedArm: route.target.arm,
    assignedVersion: route.target.version.label,
    servedArm: served.arm,
    servedVersion: served.version.label,
    fallbackReason: failed?.reason ?? null,
    subject: request.subject,
    subjectBucket: route.subjectBucket,
    vouched: request.vouched,
    provoked: answered.provoked ?? false,
    method: client.method,
    path: withQuery(client.path, client.query),
    requestPath,
    answerPath,
    stream: request.stream,
    busy: request.busy,
    status: answered.status,
    outcome: failed?.outcome ?? answered.outcome,
    latencyMs: thousandths(answered.latencyMs),
    firstByteMs: answered.firstByteMs === null ? null : thousandths(answered.firstByteMs),
    slices: slicesOf(plan.view, request.metadata),
    metadata: request.metadata,
    traceparent: traceparentOf(client.headers.get('traceparent')),
    startedAtMs: request.startedAtMs,
    // Told by the policy in force, which comes next.
    capture: 'redacted' as const,
    request: asked,
    response: { contentType: clipped(answered.contentType), sizeBytes, truncated, sha256 },
    promptUsdPerMillion: served.version.promptUsdPerMillion,
    completionUsdPerMillion: served.version.completionUsdPerMillion,
    cachedPromptUsdPerMillion: served.version.cachedPromptUsdPerMillion,
  };
  return { kind: 'exchange', head, bodies: [sent.bytes, body.bytes, body.tail] };
};
