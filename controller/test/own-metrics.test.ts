import { describe, expect, it } from 'vitest';
import { AgentDocument } from '../../schemas/documents.ts';
import { type OwnMetric, ownMetric } from '../../schemas/own-metric.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { EXCHANGES, FEEDBACK } from '../../schemas/topics.ts';
import { noValues } from '../../schemas/window.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { metricNameIssues } from '../commands/metric-names.ts';
import { withOwnMetrics } from '../commands/own-metric-names.ts';
import { register } from '../commands/register.ts';
import { stepOnWindows } from '../deciding/windows-step.ts';
import { foldStep, noEvidence } from '../evidence/rollout-evidence.ts';
import { contentOf } from '../rollout/document-content.ts';
import { type AgentState, applyDecision, newAgent, underWay } from '../rollout/agent-log.ts';
import { documentOf } from '../rollout/run.ts';
import { AGENT, rolloutDocument, started, T0, worldOf } from './play.fixture.ts';
import { randomOf, windowRows } from './traffic.fixture.ts';

const METRICS = [
  { name: 'resolved', family: 'rate' },
  { name: 'csat', family: 'score', min: 1, max: 5 },
  { name: 'minutes', family: 'number', better: 'lower' },
];
const declaring = (metrics: readonly object[]): AgentDocument => {
  const { spec, ...head } = AGENT;
  return AgentDocument.parse({ ...head, spec: { ...spec, metrics } });
};
const registered = (metrics: readonly object[] = METRICS): AgentState => {
  const registration = register(newAgent('support'), declaring(metrics), ({ prompt }) => `id-${prompt}`, {
    by: 'test',
    timeMs: T0,
  });
  const state = registration.kind === 'decide' ? applyDecision(newAgent('support'), registration.decision) : null;
  if (registration.kind !== 'decide' || state === null) throw new Error(JSON.stringify(registration));
  return state;
};
const declared: readonly OwnMetric[] = declaring(METRICS).spec.metrics.map(ownMetric);

describe('the metrics that an agent declares', () => {
  it('stand in its routing view, where whoever takes posted values finds their scales', () => {
    expect(registered().routing?.metrics).toEqual([
      { name: 'resolved', family: 'rate', better: 'higher', min: 0, max: 1 },
      { name: 'csat', family: 'score', better: 'higher', min: 1, max: 5 },
      { name: 'minutes', family: 'number', better: 'lower', min: 0, max: 1e6 },
    ]);
  });

  it('change only while no rollout is under way, and have no name that there is already', () => {
    const apply = (state: AgentState, metrics: readonly object[]) =>
      register(state, declaring(metrics), ({ prompt }) => `id-${prompt}`, { by: 'test', timeMs: T0 });
    expect(apply(registered(), METRICS)).toEqual({ kind: 'unchanged' });
    expect(apply(registered(), [])).toMatchObject({ kind: 'decide', decision: { routing: { metrics: [] } } });
    const under = started(rolloutDocument({}), { state: registered(), decisions: [] }).state;
    expect(apply(under, [])).toMatchObject({ kind: 'refused', refusal: { kind: 'conflict' } });
    expect(apply(registered(), [{ name: 'latency', family: 'rate' }])).toMatchObject({
      refusal: { issues: [{ path: 'spec.metrics.0.name', reason: expect.stringContaining('there is already') }] },
    });
  });

  it('are named in rollouts as they are declared, and any other name is refused with the nearest', () => {
    const issues = (name: string) =>
      metricNameIssues(withOwnMetrics(rolloutDocument({ metrics: [{ name }] }), declared).spec, [], declared);
    for (const { name } of declared) expect(issues(name)).toEqual([]);
    expect(issues('resovled')[0]?.reason).toMatch(/did you mean resolved\?.*declares resolved, csat, minutes/);
    expect(issues('gone:rate:higher')).toHaveLength(1);
    expect(metricNameIssues(rolloutDocument({ metrics: [{ name: 'resolved' }] }).spec, [], [])).toHaveLength(1);
  });

  it('may stand in goals, guardrails and thresholds, too; a document means the same when it is applied again', () => {
    const canary = withOwnMetrics(
      rolloutDocument({
        policy: 'thresholds',
        metrics: [{ name: 'csat' }],
        thresholds: [{ metric: 'minutes', maxAbsolute: 10 }],
      }),
      declared,
    );
    expect(canary.spec).toMatchObject({
      metrics: [{ name: 'csat:score:higher', slices: false }],
      thresholds: [{ metric: 'minutes:number:lower' }],
    });
    const { run } = started(canary, { state: registered(), decisions: [] }).state;
    expect(contentOf(documentOf(run!))).toBe(contentOf(canary));
  });
});

type Share = { stable: number; candidate: number };
const NAME = 'resolved:rate:higher';

/** What was posted in a window: of each arm so many values, of which that share is good. */
const postedRows = (state: AgentState, startMs: number, good: Share, random: () => number): WindowRow[] => {
  const { routing } = state;
  return routing!.arms
    .filter(({ weight }) => weight > 0)
    .map(({ name, version, weight }) => {
      const values = Array.from({ length: Math.ceil(weight) }, () => random() < good[name as keyof Share]);
      const buckets = Array.from({ length: 20 }, () => 0);
      for (const isGood of values) if (!isGood) buckets[Math.floor(random() * 20)]! += 1;
      const sumMicro = values.filter(Boolean).length * MICRO;
      const { agent, rollout, sequence: routingSequence } = routing!;
      const key = {
        agent,
        rollout,
        routingSequence,
        version,
        arm: name,
        kind: 'live',
        metric: NAME,
        slice: ALL,
      } as const;
      const stats = { ...noValues(), count: values.length, sumMicro, sumSqMicro: sumMicro, buckets };
      return { ...key, startMs, endMs: startMs + 1_000, sourceTopic: FEEDBACK.name, ...stats };
    });
};

/** Plays a rollout in which nothing differs but what is posted. */
const playPosted = (spec: object, good: Share | null, windows = 150) => {
  const document = withOwnMetrics(
    rolloutDocument({ metrics: [{ name: 'error_rate' }, { name: 'resolved' }], ...spec }),
    declared,
  );
  let { state } = started(document, { state: registered(), decisions: [] });
  let evidence = noEvidence(document.spec);
  const random = randomOf(7);
  const decisions = [];
  for (let i = 0; i < windows && underWay(state) !== null; i++) {
    const startMs = T0 + i * 1_000;
    const closedThroughMs = startMs + 1_000;
    const exchanges = windowRows(worldOf(80), state.routing!, startMs, random);
    const steps = [
      { topic: EXCHANGES.name, rows: exchanges.filter(({ sourceTopic }) => sourceTopic === EXCHANGES.name) },
      { topic: FEEDBACK.name, rows: good === null ? [] : postedRows(state, startMs, good, random) },
    ];
    for (const step of steps) {
      const run = underWay(state);
      if (run === null) break;
      const folded = foldStep(evidence, run, { ...step, closedThroughMs });
      expect(folded.problems).toEqual([]);
      const next = stepOnWindows(state, run, folded.evidence, closedThroughMs);
      evidence = next.evidence;
      if (next.decision === null) continue;
      state = applyDecision(state, next.decision)!;
      decisions.push(next.decision);
    }
  }
  return { state, decisions };
};

describe('a rollout', () => {
  it('is rolled back by what clients post, and says so in their metric’s name', () => {
    const { decisions } = playPosted({}, { stable: 0.9, candidate: 0.5 });
    const last = decisions.at(-1)!;
    expect(last).toMatchObject({ type: 'rollback', metric: NAME });
    expect(sentenceOf(last)).toMatch(
      /^v2 is worse in resolved: \d+ of its \d+ scored answers did not count as resolved \([\d.]+ %\), and \d+ of v1's/,
    );
  });

  it('is promoted where they are as good of both versions, also on proof', () => {
    const same = { stable: 0.9, candidate: 0.9 };
    expect(playPosted({}, same).decisions.at(-1)?.type).toBe('promote');
    expect(playPosted({ promotion: 'prove' }, same, 600).decisions.at(-1)?.type).toBe('promote');
  });

  it('holds while nobody posts what it names', () => {
    const { decisions, state } = playPosted({}, null);
    expect(decisions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'hold no data: nobody has posted resolved yet',
    ]);
    expect(state.run).toMatchObject({ state: 'canary', stage: 0 });
  });
});
