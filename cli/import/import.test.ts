import { describe, expect, it } from 'vitest';
import { RolloutDocument } from '../../schemas/documents.ts';
import { argoTemplates, importArgo } from './argo.ts';
import { flaggerTemplates, importFlagger } from './flagger.ts';
import { goDurationMs, type Imported } from './manifest.ts';

const TO = { agent: undefined, candidate: 'v2' };
const valid = ({ document }: Imported): unknown => {
  expect(RolloutDocument.safeParse(document).error?.issues ?? []).toEqual([]);
  return document['spec'];
};
const notedPaths = ({ notes }: Imported): string[] => notes.map(({ path }) => path);

it('durations are read as Go writes them, and as seconds', () => {
  expect(['1m30s', '10', 10, '1h', '250ms', 'soon', null].map(goDurationMs)).toEqual([
    90_000,
    10_000,
    10_000,
    3_600_000,
    250,
    undefined,
    undefined,
  ]);
});

describe('a Canary of Flagger', () => {
  const canary = (analysis: object, more: object = {}) => ({
    metadata: { name: 'shop', namespace: 'prod' },
    spec: { targetRef: { kind: 'Deployment', name: 'shop' }, service: { port: 80 }, analysis, ...more },
  });
  const imported = (analysis: object, more?: object, templates: Record<string, unknown>[] = []): Imported =>
    importFlagger(canary(analysis, more), TO, flaggerTemplates(templates));

  it('has its weights as stages, its metrics as thresholds, and says what is left', () => {
    const one = imported({
      interval: '1m',
      threshold: 5,
      maxWeight: 50,
      stepWeight: 20,
      metrics: [
        { name: 'request-success-rate', thresholdRange: { min: 99 } },
        { name: 'request-duration', thresholdRange: { max: 500 } },
      ],
      unheardOf: { a: 1 },
    });
    expect(valid(one)).toEqual({
      agent: 'shop',
      candidate: 'v2',
      stages: [20, 40, 50].map((weightPct) => ({ weightPct, duration: '1m' })),
      policy: 'thresholds',
      thresholds: [
        { metric: 'error_rate', maxAbsolute: 0.01 },
        { metric: 'latency', maxAbsolute: 0.5 },
      ],
    });
    expect(notedPaths(one).toSorted()).toEqual([
      'spec.analysis.metrics',
      'spec.analysis.threshold',
      'spec.analysis.unheardOf.a',
      'spec.service',
      'spec.targetRef',
    ]);
  });

  it('that mirrors begins in shadow, and one by iterations alone is tried there instead of without traffic', () => {
    expect(valid(imported({ interval: '30s', mirror: true, mirrorWeight: 40, stepWeights: [10, 50] }))).toMatchObject({
      shadow: { sharePct: 40, duration: '30s' },
      stages: [{ weightPct: 10 }, { weightPct: 50 }],
    });
    const blueGreen = imported({ interval: '30s', iterations: 10 });
    expect(valid(blueGreen)).toMatchObject({ shadow: { duration: '5m' }, stages: [{ weightPct: 100 }] });
    expect(notedPaths(blueGreen)).toContain('spec.analysis.iterations');
  });

  it('for some users asks for a segment where headers are exact, and draws nobody by a pattern', () => {
    const match = [{ headers: { 'X-Tenant': { exact: 'beta' } } }, { headers: { cookie: { regex: '.*' } } }];
    const some = imported({ interval: '1m', iterations: 10, match });
    expect(valid(some)).toMatchObject({
      segments: [{ headers: { 'x-tenant': ['beta'] } }],
      stages: [{ weightPct: 100, duration: '10m' }],
    });
    expect(notedPaths(some)).toContain('spec.analysis.match.1');
    expect(valid(imported({ interval: '1m', iterations: 10, match: match.slice(1) }))).not.toHaveProperty('stages');
  });

  it('has its own queries and gates as checks, which ask by name', () => {
    const one = imported(
      {
        stepWeight: 50,
        metrics: [
          { name: 'not found', templateRef: { name: 'nf' }, thresholdRange: { max: 5 }, interval: '2m' },
          { name: 'unknown', templateRef: { name: 'else' }, thresholdRange: { max: 5 } },
        ],
        webhooks: [
          { name: 'ask', type: 'confirm-promotion', url: 'http://x/' },
          { name: 'load', type: 'rollout', url: 'http://x/' },
          { name: 'tell', type: 'event', url: 'http://hook.example/' },
        ],
      },
      {},
      [
        {
          kind: 'MetricTemplate',
          metadata: { name: 'nf' },
          spec: { query: 'sum(x{ns="{{ namespace }}"}[{{ interval }}])\n' },
        },
      ],
    );
    expect(valid(one)).toMatchObject({
      checks: [
        { name: 'not-found', prometheus: { endpoint: 'prometheus', query: 'sum(x{ns="prod"}[2m])', max: 5 } },
        { name: 'ask', webhook: { endpoint: 'ask' } },
      ],
      notify: { webhook: 'http://hook.example/' },
    });
    expect(notedPaths(one)).toEqual(expect.arrayContaining(['spec.analysis.metrics.1', 'spec.analysis.webhooks.1']));
  });
});

describe('a Rollout of Argo', () => {
  const rollout = (strategy: object) => ({ metadata: { name: 'shop' }, spec: { replicas: 3, strategy } });
  const imported = (strategy: object, templates: Record<string, unknown>[] = []): Imported =>
    importArgo(rollout(strategy), TO, argoTemplates(templates));

  it('has its steps as stages and pauses, and says what is left', () => {
    const one = imported({
      canary: {
        maxSurge: 1,
        steps: [
          { setWeight: 20 },
          { pause: {} },
          { setWeight: 40 },
          { pause: { duration: '1h' } },
          { pause: { duration: 60 } },
          { setWeight: 10 },
          { setCanaryScale: { replicas: 2 } },
        ],
      },
    });
    expect(valid(one)).toEqual({
      agent: 'shop',
      candidate: 'v2',
      stages: [{ weightPct: 20, duration: '0s' }, { pause: {} }, { weightPct: 40, duration: '61m' }],
    });
    expect(notedPaths(one)).toEqual([
      'spec.strategy.canary.steps.5',
      'spec.strategy.canary.steps.6',
      'spec.replicas',
      'spec.strategy.canary.maxSurge',
    ]);
  });

  it('that pauses or mirrors before any traffic does so in shadow', () => {
    expect(valid(imported({ canary: { steps: [{ pause: { duration: '5m' } }, { setWeight: 50 }] } }))).toMatchObject({
      shadow: { duration: '5m' },
    });
    expect(
      valid(imported({ canary: { steps: [{ setMirrorRoute: { percentage: 30 } }, { setWeight: 5 }] } })),
    ).toMatchObject({
      shadow: { sharePct: 30 },
    });
  });

  it('has analyses as checks where their templates and plain limits are there', () => {
    const metric = (name: string, more: object) => ({
      name,
      interval: '5m',
      provider: { prometheus: { query: 'q{{args.svc}}' } },
      ...more,
    });
    const templates = [
      {
        kind: 'AnalysisTemplate',
        metadata: { name: 'good' },
        spec: {
          metrics: [
            metric('rate', { successCondition: 'result[0] >= 0.95' }),
            metric('slow', { failureCondition: 'result[0] > 3' }),
            metric('odd', { successCondition: 'all(result, # > 1)' }),
            { name: 'job', provider: { job: {} } },
          ],
        },
      },
    ];
    const analysis = {
      templates: [{ templateName: 'good' }, { templateName: 'lost' }],
      args: [{ name: 'svc', value: 'shop' }],
    };
    const one = imported({ canary: { steps: [{ setWeight: 50 }, { analysis }] } }, templates);
    expect(valid(one)).toMatchObject({
      checks: [
        { name: 'rate', every: '5m', prometheus: { query: 'qshop', min: 0.95 } },
        { name: 'slow', prometheus: { max: 3 } },
      ],
    });
    expect(one.notes.map(({ note }) => note).join('\n')).toMatch(
      /odd is no plain limit[^]*job is no Prometheus[^]*lost: its/,
    );
  });

  it('by blue and green asks a smoke request before its switch, and keeps the way back as long', () => {
    const one = imported({
      blueGreen: { activeService: 'a', autoPromotionEnabled: false, scaleDownDelaySeconds: 600 },
    });
    expect(valid(one)).toMatchObject({ strategy: 'bluegreen', watch: '10m', smoke: { requests: [{}] } });
    expect(notedPaths(one)).toContain('spec.strategy.blueGreen.autoPromotionEnabled');
  });
});
