import type { ReplyHeaders } from '../protocol/client-call.ts';
import { unavailable } from '../protocol/error-envelope.ts';
import { JSON_HEADERS, NO_ROUTING } from './endpoint.ts';
import type { Handle, Refuse } from './endpoint.ts';

export type HealthDeps = {
  views: ReadonlyMap<string, unknown>;
  isRoutingKnown: () => boolean;
  /** Since when nothing moved from the journal to Kafka; null while it moves. */
  stalledSince: () => string | null;
  /** The process' metrics in the Prometheus text format. */
  metricsText: () => Promise<string>;
  refuse: Refuse;
};

const METRICS_HEADERS: ReplyHeaders = ['content-type', 'text/plain; version=0.0.4; charset=utf-8'];
const OK = '{"status":"ok"}';

/** Telemetry that waits is told but no reason to take a front door out of service: it needs none to answer. */
const readyBody = (stalledSince: string | null): string =>
  stalledSince === null ? OK : JSON.stringify({ status: 'ok', nothingPublishedSince: stalledSince });

/** What an orchestrator asks: is it alive, can it answer, and how is it doing. */
export const createHealth = (deps: HealthDeps): { alive: Handle; ready: Handle; metrics: Handle } => ({
  alive: (_client, _call, reply) => reply.send(200, JSON_HEADERS, OK),
  ready: (_client, _call, reply) => {
    if (!deps.isRoutingKnown()) deps.refuse(reply, NO_ROUTING);
    else if (deps.views.size > 0) reply.send(200, JSON_HEADERS, readyBody(deps.stalledSince()));
    else deps.refuse(reply, unavailable('not_ready', 'No routing view is known yet: apply an agent.'));
  },
  metrics: (_client, _call, reply) => {
    deps.metricsText().then(
      (text) => reply.send(200, METRICS_HEADERS, text),
      (error: unknown) => deps.refuse(reply, unavailable('metrics_failed', String(error))),
    );
  },
});
