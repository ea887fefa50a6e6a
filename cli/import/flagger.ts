import {
  asText,
  createManifest,
  durationText,
  endpointNote,
  goDurationMs,
  type Imported,
  isMap,
  type Manifest,
  nameOf,
  PODS,
  PROMETHEUS,
  type Reasons,
  ROUTES,
} from './manifest.ts';

/** Flagger's own default, in per cent. */
const MAX_WEIGHT = 100;
const DEFAULT_INTERVAL_MS = 60_000;

const REASONS: Reasons = {
  'spec.provider': ROUTES,
  'spec.metricsServer': 'what coalmine judges by it measures itself',
  'spec.targetRef': 'is taken for the name of the agent; its versions are in the Agent document',
  'spec.autoscalerRef': PODS,
  'spec.ingressRef': ROUTES,
  'spec.routeRef': ROUTES,
  'spec.upstreamRef': ROUTES,
  'spec.service': ROUTES,
  'spec.progressDeadlineSeconds': PODS,
  'spec.revertOnDeletion': 'a rollout is not deleted; `coalmine abort` sends all traffic back',
  'spec.suspend': '`coalmine pause` does that, to a rollout that has begun',
  'spec.analysis.threshold':
    'counts failed looks; here one threshold that is broken rolls back, once both arms have 30 values',
  'spec.analysis.primaryReadyThreshold': PODS,
  'spec.analysis.canaryReadyThreshold': PODS,
  'spec.analysis.stepWeightPromotion': 'a promotion is one step',
  'spec.analysis.alerts': 'notify.webhook is told of each end of a rollout; metrics and the log tell the rest',
  'spec.analysis.sessionAffinity': 'is always so: a user stays with the version that answered first',
};

const stagesOf = (manifest: Manifest, everyMs: number): object[] => {
  const duration = durationText(everyMs);
  const given = manifest.list('spec.analysis.stepWeights').filter((weight) => typeof weight === 'number');
  const [max, step] = [
    manifest.number('spec.analysis.maxWeight') ?? MAX_WEIGHT,
    manifest.number('spec.analysis.stepWeight'),
  ];
  if (given.length > 0) return given.map((weightPct) => ({ weightPct, duration }));
  if (step === undefined || step <= 0) return [];
  const weights = Array.from({ length: Math.ceil(max / step) }, (_, i) => Math.min(max, (i + 1) * step));
  return weights.map((weightPct) => ({ weightPct, duration }));
};

type Matched = { headers: Record<string, readonly string[]> };

/** The rules whose headers are told exactly; a pattern would be another rule. */
const segmentsOf = (manifest: Manifest): Matched[] =>
  manifest.list('spec.analysis.match').flatMap((rule, i) => {
    const headers = isMap(rule) && isMap(rule['headers']) ? Object.entries(rule['headers']) : [];
    const exact = headers.flatMap(([name, how]) =>
      isMap(how) && typeof how['exact'] === 'string' ? [[name.toLowerCase(), [how['exact']]] as const] : [],
    );
    if (headers.length > 0 && exact.length === headers.length) return [{ headers: Object.fromEntries(exact) }];
    manifest.note(
      `spec.analysis.match.${i}`,
      'segments ask for exact values of headers, subjects, groups and claims, not for patterns; say in spec.segments whom you mean',
    );
    return [];
  });

/** Flagger's two built-in metrics, in its units, as thresholds in ours. */
const BUILT_IN: Readonly<Record<string, (range: { min: number | null; max: number | null }) => object | null>> = {
  'request-success-rate': ({ min }) =>
    min === null ? null : { metric: 'error_rate', maxAbsolute: Number((1 - min / 100).toFixed(6)) },
  'request-duration': ({ max }) => (max === null ? null : { metric: 'latency', maxAbsolute: max / 1_000 }),
};

type Templates = ReadonlyMap<string, string>;

/** What Flagger's templates of queries may name. */
const filled = (query: string, values: Readonly<Record<string, string>>): string =>
  query.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole).trim();

const limitsOf = (metric: Record<string, unknown>): { min: number | null; max: number | null } => {
  const range = isMap(metric['thresholdRange']) ? metric['thresholdRange'] : { min: metric['threshold'] };
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return { min: number(range['min']), max: number(range['max']) };
};

const metricsOf = (manifest: Manifest, templates: Templates): { thresholds: object[]; checks: object[] } => {
  const [thresholds, checks]: [object[], object[]] = [[], []];
  const values = {
    target: manifest.text('spec.targetRef.name') ?? '',
    namespace: manifest.text('metadata.namespace') ?? '',
    interval: '1m',
  };
  for (const [i, metric] of manifest.list('spec.analysis.metrics').entries()) {
    const path = `spec.analysis.metrics.${i}`;
    if (!isMap(metric)) continue;
    const name = asText(metric['name']);
    const { min, max } = limitsOf(metric);
    const template = isMap(metric['templateRef']) ? templates.get(asText(metric['templateRef']['name'])) : undefined;
    const query = typeof metric['query'] === 'string' ? metric['query'] : template;
    const builtIn = BUILT_IN[name]?.({ min, max }) ?? null;
    if (builtIn !== null) thresholds.push(builtIn);
    else if (query === undefined)
      manifest.note(path, 'its query is not in this file: put it into a check (spec.checks) with prometheus.query');
    else if (min === null && max === null) manifest.note(path, 'has no limit, and a check needs one');
    else {
      const limits = { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) };
      const text = filled(query, { ...values, interval: asText(metric['interval']) || '1m' });
      checks.push({ name: nameOf(name), prometheus: { endpoint: PROMETHEUS, query: text, ...limits } });
      manifest.note(path, endpointNote(PROMETHEUS));
    }
  }
  return { thresholds, checks };
};

const GATES = new Set(['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion']);

const webhooksOf = (manifest: Manifest): { checks: object[]; notify: object } => {
  const checks: object[] = [];
  let notify = {};
  for (const [i, hook] of manifest.list('spec.analysis.webhooks').entries()) {
    if (!isMap(hook)) continue;
    const path = `spec.analysis.webhooks.${i}`;
    const [type, name] = [asText(hook['type']) || 'rollout', nameOf(asText(hook['name']) || 'webhook')];
    if (type === 'event') notify = { notify: { webhook: hook['url'] } };
    else if (GATES.has(type)) {
      checks.push({ name, webhook: { endpoint: name } });
      manifest.note(path, endpointNote(name));
    } else
      manifest.note(
        path,
        `a ${type} hook has no counterpart: traffic is that of users, and the shadow phase tries a candidate before it; a test of your own can be an eval gate (spec.gate)`,
      );
  }
  return { checks, notify };
};

/** What comes before users: mirrored requests, or, of a blue/green release, its iterations without traffic. */
const shadowOf = (manifest: Manifest, everyMs: number, isBlueGreen: boolean): object => {
  const iterations = manifest.number('spec.analysis.iterations') ?? 0;
  const [isMirrored, sharePct] = [
    manifest.take('spec.analysis.mirror') === true,
    manifest.number('spec.analysis.mirrorWeight'),
  ];
  if (isBlueGreen)
    manifest.note(
      'spec.analysis.iterations',
      'a blue/green release tries the candidate without traffic: here it answers copies of requests in shadow for that time, then takes all traffic',
    );
  if (!isMirrored && !isBlueGreen) return {};
  const duration = durationText(isBlueGreen ? iterations * everyMs : everyMs);
  return { shadow: { ...(sharePct === undefined ? {} : { sharePct }), duration } };
};

/** A Flagger `Canary` (flagger.app/v1beta1) as a Rollout. `templates` are the queries of the MetricTemplates beside it, by name. */
export const importFlagger = (
  given: Record<string, unknown>,
  { agent, candidate }: { agent: string | undefined; candidate: string },
  templates: Templates,
): Imported => {
  const spec = isMap(given['spec']) ? given['spec'] : {};
  const manifest = createManifest({
    ...given,
    spec: 'canaryAnalysis' in spec ? { ...spec, analysis: spec['canaryAnalysis'], canaryAnalysis: undefined } : spec,
  });
  const everyMs = goDurationMs(manifest.take('spec.analysis.interval')) ?? DEFAULT_INTERVAL_MS;
  const iterations = manifest.number('spec.analysis.iterations') ?? 0;
  const rules = manifest.list('spec.analysis.match');
  const segments = segmentsOf(manifest);
  const planned = stagesOf(manifest, everyMs);
  const isBlueGreen = iterations > 0 && rules.length === 0;
  const whole = [{ weightPct: 100, duration: durationText(Math.max(1, iterations) * everyMs) }];
  const stages = isBlueGreen || (iterations > 0 && segments.length > 0) ? whole : planned;
  if (iterations > 0 && rules.length > 0 && segments.length === 0)
    manifest.note(
      'spec.analysis.iterations',
      'without a segment everyone would be drawn, so this asks for no stages: those by default count',
    );
  if (manifest.take('spec.skipAnalysis') === true)
    manifest.note('spec.skipAnalysis', 'no rollout goes on without evidence; `coalmine promote` does it by hand');
  const { thresholds, checks } = metricsOf(manifest, templates);
  const hooks = webhooksOf(manifest);
  if (thresholds.length > 0)
    manifest.note(
      'spec.analysis.metrics',
      'policy: thresholds compares plain values, as Flagger does, and bounds no error; leave policy and thresholds out to be judged by evidence (docs/decision-rules.md)',
    );
  const all = [...checks, ...hooks.checks];
  const document = {
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name: nameOf(manifest.text('metadata.name') ?? 'imported') },
    spec: {
      agent: agent ?? nameOf(manifest.text('spec.targetRef.name') ?? manifest.text('metadata.name') ?? ''),
      candidate,
      ...shadowOf(manifest, everyMs, isBlueGreen),
      ...(stages.length === 0 ? {} : { stages }),
      ...(segments.length === 0 ? {} : { segments }),
      ...(thresholds.length === 0 ? {} : { policy: 'thresholds', thresholds }),
      ...(all.length === 0 ? {} : { checks: all }),
      ...hooks.notify,
    },
  };
  return { document, notes: manifest.notes(REASONS) };
};

/** The queries of MetricTemplates, by name. */
export const flaggerTemplates = (documents: readonly Record<string, unknown>[]): Templates =>
  new Map(
    documents.flatMap(({ kind, metadata, spec }) =>
      kind === 'MetricTemplate' && isMap(metadata) && isMap(spec) && typeof spec['query'] === 'string'
        ? [[asText(metadata['name']), spec['query']] as const]
        : [],
    ),
  );
