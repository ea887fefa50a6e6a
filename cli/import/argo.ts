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

const ANALYSIS = 'its AnalysisTemplate is not in this file: put its queries into checks (spec.checks)';

const POD_FIELDS = {
  spec: 'replicas selector minReadySeconds revisionHistoryLimit progressDeadlineSeconds progressDeadlineAbort restartAt',
  'spec.strategy.canary':
    'maxSurge maxUnavailable antiAffinity canaryMetadata stableMetadata scaleDownDelaySeconds scaleDownDelayRevisionLimit abortScaleDownDelaySeconds dynamicStableScale minPodsPerReplicaSet replicaProgressThreshold',
  'spec.strategy.blueGreen':
    'previewReplicaCount maxUnavailable antiAffinity previewMetadata activeMetadata scaleDownDelayRevisionLimit abortScaleDownDelaySeconds',
};

const REASONS: Reasons = {
  ...Object.fromEntries(
    Object.entries(POD_FIELDS).flatMap(([at, names]) => names.split(' ').map((name) => [`${at}.${name}`, PODS])),
  ),
  'spec.template': 'the version that it makes is one of the Agent document',
  'spec.workloadRef': 'the version that it makes is one of the Agent document',
  'spec.rollbackWindow': '`coalmine rollback` goes back to any version at once',
  'spec.paused': '`coalmine pause` does that, to a rollout that has begun',
  'spec.analysis': 'all decisions are kept for ever',
  'spec.strategy.canary.trafficRouting': ROUTES,
  'spec.strategy.canary.canaryService': ROUTES,
  'spec.strategy.canary.stableService': ROUTES,
  'spec.strategy.canary.pingPong': ROUTES,
  'spec.strategy.canary.analysis': ANALYSIS,
  'spec.strategy.blueGreen.activeService': ROUTES,
  'spec.strategy.blueGreen.previewService': ROUTES,
  'spec.strategy.blueGreen.prePromotionAnalysis': ANALYSIS,
  'spec.strategy.blueGreen.postPromotionAnalysis': ANALYSIS,
  'spec.strategy.blueGreen.autoPromotionSeconds': 'the switch comes as soon as the smoke requests are answered well',
};

const STEP_NOTES: Readonly<Record<string, string>> = {
  experiment: 'an experiment is a Rollout of its own (strategy: ab)',
  setCanaryScale: PODS,
  setHeaderRoute: 'spec.beta sends users to the candidate by their headers',
  plugin: 'a check (spec.checks) may ask whom you like',
};

type Step = { weightPct: number; duration: string } | { pause: { duration?: string } };
type Templates = ReadonlyMap<string, readonly unknown[]>;

/** The limit in a condition such as `result[0] >= 0.95`; null for anything else. */
const limitOf = (condition: unknown, isSuccess: boolean): object | null => {
  const [, sign, number] = /^\s*result(?:\[0\])?\s*(<=?|>=?)\s*(\d+(?:\.\d+)?)\s*$/.exec(asText(condition)) ?? [];
  if (sign === undefined) return null;
  return sign.startsWith('>') === isSuccess ? { min: Number(number) } : { max: Number(number) };
};

const argsOf = (analysis: Record<string, unknown>): Record<string, string> => {
  const list: unknown[] = Array.isArray(analysis['args']) ? analysis['args'] : [];
  return Object.fromEntries(
    list.flatMap((one) =>
      isMap(one) && one['value'] !== undefined ? [[asText(one['name']), asText(one['value'])]] : [],
    ),
  );
};

/** One metric of an AnalysisTemplate as a check; a sentence where it can't be one. */
const checkOf = (metric: Record<string, unknown>, args: Readonly<Record<string, string>>): object | string => {
  const name = asText(metric['name']) || 'analysis';
  const provider =
    isMap(metric['provider']) && isMap(metric['provider']['prometheus']) ? metric['provider']['prometheus'] : null;
  if (provider === null) return `${name} is no Prometheus metric; a check may ask a webhook in its place`;
  const limit = limitOf(metric['successCondition'], true) ?? limitOf(metric['failureCondition'], false);
  if (limit === null) return `the condition of ${name} is no plain limit; give its check min or max`;
  const query = asText(provider['query']).replaceAll(
    /\{\{\s*args\.([\w-]+)\s*\}\}/g,
    (whole, arg: string) => args[arg] ?? whole,
  );
  if (query.includes('{{')) return `the query of ${name} has arguments that are not in this file`;
  const everyMs = goDurationMs(metric['interval']);
  return {
    name: nameOf(name),
    prometheus: { endpoint: PROMETHEUS, query: query.trim(), ...limit },
    ...(everyMs === undefined || everyMs < 1_000 ? {} : { every: durationText(everyMs) }),
  };
};

/** The checks of an analysis whose templates are known; what can't be one is noted. */
const checksOf = (manifest: Manifest, path: string, templates: Templates): object[] => {
  const analysis = manifest.take(path);
  if (!isMap(analysis)) return [];
  const named: unknown[] = Array.isArray(analysis['templates']) ? analysis['templates'] : [analysis];
  return named.flatMap((one) => {
    const name = isMap(one) ? asText(one['templateName']) : '';
    const metrics = templates.get(name);
    if (metrics === undefined) {
      manifest.note(path, name === '' ? ANALYSIS : `${name}: ${ANALYSIS}`);
      return [];
    }
    return metrics.filter(isMap).flatMap((metric) => {
      const check = checkOf(metric, argsOf(analysis));
      manifest.note(path, typeof check === 'string' ? check : endpointNote(PROMETHEUS));
      return typeof check === 'string' ? [] : [check];
    });
  });
};

/** The weight holds through the pauses behind it; one without an end waits for a person. */
const pauseInto = (steps: Step[], ms: number | undefined): void => {
  const last = steps.at(-1);
  if (last === undefined || 'pause' in last) return;
  if (ms === undefined) steps.push({ pause: {} });
  else last.duration = durationText((goDurationMs(last.duration) ?? 0) + ms);
};

type Plan = { steps: Step[]; shadow: object; checks: object[] };

const onePlan = (
  manifest: Manifest,
  path: string,
  step: Record<string, unknown>,
  plan: Plan,
  templates: Templates,
): Plan => {
  const [kind = ''] = Object.keys(step);
  const heaviest = plan.steps.reduce((most, one) => ('pause' in one ? most : Math.max(most, one.weightPct)), 0);
  if (kind === 'setWeight') {
    const weightPct = Number(step['setWeight']);
    if (weightPct > heaviest) plan.steps.push({ weightPct, duration: '0s' });
    else manifest.note(path, 'weights rise from stage to stage: this one is left out');
  } else if (kind === 'pause') {
    const pause = isMap(step['pause']) ? step['pause'] : {};
    const ms = goDurationMs(pause['duration']);
    if (plan.steps.length > 0) pauseInto(plan.steps, ms);
    else if (ms !== undefined) plan.shadow = { shadow: { duration: durationText(ms) } };
    else
      manifest.note(
        path,
        'a pause before any traffic: leave the rollout unapplied until then, or ask for an eval gate (spec.gate)',
      );
  } else if (kind === 'setMirrorRoute') {
    const route = isMap(step['setMirrorRoute']) ? step['setMirrorRoute'] : {};
    if (typeof route['percentage'] === 'number') plan.shadow = { shadow: { sharePct: route['percentage'] } };
    manifest.note(path, 'mirroring is the shadow phase, before any traffic; matches of it have no counterpart');
  } else if (kind === 'analysis') plan.checks.push(...checksOf(manifest, `${path}.analysis`, templates));
  else manifest.note(path, STEP_NOTES[kind] ?? `a step ${kind} has no counterpart`);
  return plan;
};

const canarySpec = (manifest: Manifest, templates: Templates): object => {
  const root = 'spec.strategy.canary';
  const given = manifest.list(`${root}.steps`);
  const background = checksOf(manifest, `${root}.analysis`, templates);
  const plan = given
    .filter(isMap)
    .reduce<Plan>((so, step, i) => onePlan(manifest, `${root}.steps.${i}`, step, so, templates), {
      steps: [],
      shadow: {},
      checks: [],
    });
  if (plan.steps.length === 0)
    manifest.note(
      `${root}.steps`,
      'no step gives the candidate a part of the traffic: its weight follows the evidence (promotion: budget)',
    );
  const checks = [
    ...new Map([...background, ...plan.checks].map((check) => [(check as { name: string }).name, check])).values(),
  ];
  return {
    ...plan.shadow,
    ...(plan.steps.length === 0 ? {} : { stages: plan.steps }),
    ...(checks.length === 0 ? {} : { checks }),
  };
};

const WATCH_MS = 30_000;

const blueGreenSpec = (manifest: Manifest): object => {
  const root = 'spec.strategy.blueGreen';
  const watchMs = goDurationMs(manifest.take(`${root}.scaleDownDelaySeconds`)) ?? WATCH_MS;
  manifest.note(
    root,
    'a candidate must answer smoke requests before the switch: put some of your own into spec.smoke.requests',
  );
  if (manifest.take(`${root}.autoPromotionEnabled`) === false)
    manifest.note(
      `${root}.autoPromotionEnabled`,
      'nobody is asked before the switch; ask for an eval gate (spec.gate) with strategy canary, or apply the rollout when it is time',
    );
  return {
    strategy: 'bluegreen',
    smoke: { requests: [{ body: { messages: [{ role: 'user', content: 'Hello' }] } }] },
    watch: durationText(watchMs),
  };
};

/** An Argo `Rollout` (argoproj.io/v1alpha1) as ours. `templates` are the metrics of the AnalysisTemplates beside it, by name. */
export const importArgo = (
  given: Record<string, unknown>,
  { agent, candidate }: { agent: string | undefined; candidate: string },
  templates: Templates,
): Imported => {
  const manifest = createManifest(given);
  const name = nameOf(manifest.text('metadata.name') ?? 'imported');
  const strategy = isMap(given['spec']) && isMap(given['spec']['strategy']) ? given['spec']['strategy'] : {};
  const { strategy: ours, ...planned } = (
    'blueGreen' in strategy ? blueGreenSpec(manifest) : canarySpec(manifest, templates)
  ) as { strategy?: string };
  const document = {
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: { agent: agent ?? name, candidate, ...(ours === undefined ? {} : { strategy: ours }), ...planned },
  };
  return { document, notes: manifest.notes(REASONS) };
};

/** The metrics of AnalysisTemplates, by name. */
export const argoTemplates = (documents: readonly Record<string, unknown>[]): Templates =>
  new Map(
    documents.flatMap(({ kind, metadata, spec }) =>
      (kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate') &&
      isMap(metadata) &&
      isMap(spec) &&
      Array.isArray(spec['metrics'])
        ? [[asText(metadata['name']), spec['metrics']] as const]
        : [],
    ),
  );
