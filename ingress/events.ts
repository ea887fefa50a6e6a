import type { RoutingView } from '../schemas/routing-view.ts';
import type { Log } from '../platform/process/log.ts';
import type { Metrics } from '../platform/process/metrics.ts';
import type { UpstreamFailure } from './protocol/upstream-call.ts';

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** One line per version this often, however many requests fail. */
const REPEAT_MS = 10_000;

export type IngressEvents = ReturnType<typeof createIngressEvents>;

/** What a version answered: how many since somebody last looked, by the first digit of their status. */
type Answered = { latency: { observe(value: number): void }; ofClass: (number | undefined)[] };

const upstreamFacts = (log: Log, metrics: Metrics) => {
  const version = ['agent', 'version'];
  const ejections = metrics.counter('upstream_ejections_total', 'Versions left alone for a while because they failed', [
    ...version,
    'reason',
  ]);
  const isEjected = metrics.gauge('upstream_ejected', '1 while a version is left alone', version);
  const overloads = metrics.counter('upstream_overloaded_total', 'Calls that got no place at a version', version);
  const retries = metrics.counter('upstream_retries_total', 'Calls sent a second time to one version', [
    ...version,
    'reason',
  ]);
  return {
    ejected: (agent: string, label: string, reason: string, forMs: number) => {
      ejections.inc({ agent, version: label, reason });
      isEjected.set({ agent, version: label }, 1);
      log.warn({ agent, version: label, reason, forMs }, `version ${label} of ${agent} is left alone for ${forMs} ms`);
    },
    returned: (agent: string, label: string) => {
      isEjected.set({ agent, version: label }, 0);
      log.info({ agent, version: label }, `version ${label} of ${agent} may serve again`);
    },
    overloaded: (agent: string, label: string) => overloads.inc({ agent, version: label }),
    retried: (agent: string, label: string, reason: string) => retries.inc({ agent, version: label, reason }),
  };
};

const policyFacts = (log: Log, metrics: Metrics) => {
  const refusals = metrics.counter('policy_refused_total', 'Policy documents that were refused');
  const isCurrent = metrics.gauge('policy_current', '1 while the policy in force is the one in the file');
  return {
    policyMissing: () => {
      isCurrent.set(1);
      log.warn(
        'no ingress policy is given: only callers with an API key are admitted (`npm run keys -- create`); set INGRESS_POLICY to a file, see docs/ingress-policy.md',
      );
    },
    policyApplied: (name: string, file: string) => {
      isCurrent.set(1);
      log.info({ policy: name, file }, `the ingress policy ${name} is in force`);
    },
    policyRefused: (file: string, reason: string) => {
      refusals.inc();
      isCurrent.set(0);
      log.error({ file }, `the ingress policy in ${file} is refused, the one before stays in force: ${reason}`);
    },
  };
};

/** What an operator may learn of the front door. Names get the prefix `coalmine_ingress_`. */
export const createIngressEvents = (log: Log, metrics: Metrics, nowMs: () => number) => {
  const requests = metrics.counter('requests_total', 'Requests answered', ['agent', 'version', 'status']);
  const latency = metrics.histogram('latency_seconds', 'From request to the end of the answer', LATENCY_BUCKETS_S, [
    'agent',
    'version',
  ]);
  const refused = metrics.counter('refused_total', 'Requests refused before routing', ['code']);
  const fallbacks = metrics.counter('fallbacks_total', 'Answers by stable in place of a failing arm', [
    'agent',
    'version',
  ]);
  const failures = metrics.counter('upstream_failures_total', 'Upstream calls that failed', [
    'agent',
    'version',
    'kind',
  ]);
  const dropped = metrics.counter('journal_dropped_total', 'Finished exchanges not journalled', ['reason']);
  const sequence = metrics.gauge('routing_sequence', 'Sequence of the routing view in force', ['agent']);
  const views = metrics.counter('routing_views_ignored_total', 'Routing views that could not be read or used');
  const journalBytes = metrics.gauge('journal_bytes', 'Bytes of the journal on disk');
  const stalled = metrics.gauge(
    'journal_stalled_seconds',
    'For how long nothing moved from the journal to Kafka; about 1 at most while all is well',
  );
  const restarts = metrics.counter('publisher_restarts_total', 'Publisher threads that ended by themselves');
  const answered = new Map<string, Map<string, Answered>>();
  const saidAtMs = new Map<string, number>();
  let isDropping = false;

  const answeredBy = (agent: string, version: string): Answered => {
    const known = answered.get(agent)?.get(version);
    if (known) return known;
    const made = { latency: latency.labels(agent, version), ofClass: [] };
    answered.set(agent, (answered.get(agent) ?? new Map<string, Answered>()).set(version, made));
    return made;
  };
  metrics.beforeText(() => {
    for (const [agent, versions] of answered)
      for (const [version, { ofClass }] of versions)
        for (const [statusClass, count] of ofClass.entries()) {
          if (count === undefined || count === 0) continue;
          requests.labels(agent, version, `${statusClass}xx`).inc(count);
          ofClass[statusClass] = 0;
        }
  });

  return {
    finished: (agent: string, version: string, status: number, latencyMs: number) => {
      const { latency: ofVersion, ofClass } = answeredBy(agent, version);
      const statusClass = Math.floor(status / 100);
      ofClass[statusClass] = (ofClass[statusClass] ?? 0) + 1;
      ofVersion.observe(latencyMs / 1000);
    },
    refused: (code: string) => refused.inc({ code }),
    fellBack: (agent: string, version: string, reason: string) => {
      fallbacks.inc({ agent, version });
      log.debug({ agent, version, reason }, 'stable answers in place of a failing arm');
    },
    upstreamFailed: (agent: string, version: string, failure: UpstreamFailure) => {
      failures.inc({ agent, version, kind: failure.kind });
      const key = `${agent}\0${version}`;
      if (nowMs() - (saidAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
      saidAtMs.set(key, nowMs());
      log.warn({ agent, version, ...failure }, `version ${version} of ${agent} fails requests: ${failure.message}`);
    },
    dropped: (reason: 'full' | 'disk_error') => {
      dropped.inc({ reason });
      if (!isDropping)
        log.error({ reason }, 'the journal takes no more: exchanges are dropped and counted, requests go on');
      isDropping = true;
    },
    journalled: () => {
      if (isDropping) log.info('the journal takes exchanges again');
      isDropping = false;
    },
    diskError: (error: unknown) => log.error({ err: error }, 'the journal can not be written'),
    diskRecovered: () => log.info('the journal can be written again'),
    stalled: (forMs: number) => stalled.set(forMs / 1000),
    journalSize: (sizeBytes: number) => journalBytes.set(sizeBytes),
    routed: ({ agent, sequence: next, arms, rollout }: RoutingView) => {
      sequence.set({ agent }, next);
      const weights = Object.fromEntries(arms.map((arm) => [`${arm.name} ${arm.version}`, arm.weight]));
      log.info({ agent, sequence: next, rollout, weights }, `routing of ${agent} is at sequence ${next}`);
    },
    viewIgnored: () => views.inc(),
    listening: (host: string, port: number, isTls: boolean) =>
      log.info({ host, port }, `listening on http${isTls ? 's' : ''}://${host}:${port}`),
    publisherDied: (error: unknown, waitMs: number) => {
      restarts.inc();
      log.error({ err: error, waitMs }, 'the publisher ended by itself and is started again; the journal keeps');
    },
    ...upstreamFacts(log, metrics),
    ...policyFacts(log, metrics),
  };
};
