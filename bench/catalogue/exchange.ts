import { finishedExchange } from '../../ingress/exchange/finished-exchange.ts';
import type { ExchangeHead } from '../../ingress/exchange/exchange-head.ts';
import { nextTarget, NO_WISH, planOf, route, slicesOf } from '../../ingress/routing/route.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Request } from './customers.ts';
import type { Sent } from './wire.ts';

const NO_BYTES = Buffer.alloc(0);

const bodyOf = (bytes: Buffer, contentType: string): ExchangeHead['request'] => ({
  contentType,
  sizeBytes: bytes.length,
  truncated: false,
  sha256: '',
});

/**
 * One request through the front door: drawn to an arm by its routing, answered there, and by stable where the arm failed before its
 * first byte; as the capture takes it down.
 */
export const exchangeThrough = (
  view: RoutingView,
  { subject, body }: Request,
  { exchangeId, startedAtMs }: { exchangeId: string; startedAtMs: number },
  ask: (version: string, requestText: string) => Sent,
): Exchange => {
  const plan = planOf(view);
  const drawn = route(plan, { subject, known: subject, headers: new Map(), groups: [], claims: {} }, NO_WISH)!;
  const text = JSON.stringify({ ...body, model: view.agent });
  const first = ask(drawn.target.version.label, text);
  const other = first.outcome === 'upstream_error' ? nextTarget(plan, drawn, [drawn.target]) : null;
  const served = other ?? drawn.target;
  const sent = other === null ? first : ask(other.version.label, text);
  const [asked, answered] = [Buffer.from(text), Buffer.from(sent.text)];
  const metadata = body['metadata'] as Record<string, string>;
  const latencyMs = sent.latencyMs + (other === null ? 0 : first.latencyMs);
  const head: ExchangeHead = {
    exchangeId,
    agent: view.agent,
    rollout: view.rollout,
    routingSequence: view.sequence,
    assignment: drawn.assignment,
    assignedArm: drawn.target.arm,
    assignedVersion: drawn.target.version.label,
    servedArm: served.arm,
    servedVersion: served.version.label,
    fallbackReason: other === null ? null : `status ${first.status}`,
    subject,
    subjectBucket: drawn.subjectBucket,
    method: 'POST',
    path: '/v1/chat/completions',
    stream: body['stream'] === true,
    busy: false,
    vouched: true,
    status: sent.status,
    outcome: other === null ? sent.outcome : first.outcome,
    latencyMs,
    firstByteMs: sent.firstByteMs,
    slices: slicesOf(view, metadata),
    metadata,
    traceparent: null,
    startedAtMs,
    request: bodyOf(asked, 'application/json'),
    response: bodyOf(answered, sent.contentType),
    promptUsdPerMillion: served.version.promptUsdPerMillion,
    completionUsdPerMillion: served.version.completionUsdPerMillion,
    cachedPromptUsdPerMillion: served.version.cachedPromptUsdPerMillion,
    capture: 'full',
  };
  return finishedExchange(head, [asked, answered, NO_BYTES], Math.round(startedAtMs + latencyMs));
};
