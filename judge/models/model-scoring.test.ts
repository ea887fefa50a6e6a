import { describe, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { body } from '../../schemas/exchange.fixture.ts';
import { completionOf, exchangeOf, shadowOf } from '../answers/exchange.fixture.ts';
import type { Prompt } from '../questions/prompt.ts';
import { RubricDocument, rubricOf } from '../questions/rubric.ts';
import { rubricMetric } from '../questions/rubric-pointwise.ts';
import { answersOf, type Subject } from '../answers/scorable-answer.ts';
import { finderOf, scoreOf, sheetIdOf } from '../score-sheet.ts';
import { createJudgeEvents } from '../events.ts';
import { createModelGate } from './model-gate.ts';
import { createWaits } from './waits.ts';
import { createModelJudge, type ModelReply } from './model-judge.ts';
import { type ModelMetric, type Panel, pairwiseMetric, pointwiseMetric } from './model-metrics.ts';
import { createModelScoring, type ModelScoringOptions } from './model-scoring.ts';
import { steppingClock } from './stepping-clock.fixture.ts';

const rubricWith = (mode: 'pointwise' | 'pairwise') =>
  rubricOf(
    RubricDocument.parse({
      apiVersion: 'coalmine/v1',
      kind: 'Rubric',
      metadata: { name: 'tone' },
      spec: { metric: 'tone', mode, criteria: [{ name: 'kind', description: 'Is kind.' }] },
    }),
  );

type Task = { exchange: { answer: string; answers: { first: string; second: string } } };
/** What a scripted judge says of a task, but for the canary; a string is its whole reply. */
type Says = (exchange: Task['exchange'], call: number) => object | string;

const metrics = createMetrics('judge');
const events = createJudgeEvents(silentLog, metrics);

const clock = steppingClock();
const waits = createWaits(clock);
const NO_LIMITS = { maxTokens: Number.POSITIVE_INFINITY, maxUsd: Number.POSITIVE_INFINITY };

const judgeOf = (model: string, says: Says, usdPerMillion: number) => {
  let calls = 0;
  const ask = async ({ messages, canary }: Prompt): Promise<ModelReply> => {
    const { exchange } = JSON.parse(messages[1]!.content) as Task;
    const said = says(exchange, (calls += 1));
    const content = typeof said === 'string' ? said : JSON.stringify({ ...said, canary });
    return { ok: true, content, promptTokens: 1_000, completionTokens: 0 };
  };
  const gate = createModelGate({ clock, events, concurrency: 8, requestsPerMinute: Number.POSITIVE_INFINITY, waits });
  const prices = { promptUsdPerMillion: usdPerMillion, completionUsdPerMillion: 0 };
  const judge = createModelJudge({ ask, gate, clock, events, model, family: '', prices });
  return { judge, calls: () => calls };
};

const panelOf = (...judges: Panel['judges']): Panel => ({ judges, uncertainBand: 0.2, minConfidence: 0.6 });

const scoringOf = (metric: ModelMetric, more: Partial<ModelScoringOptions> = {}) => {
  const scoring = createModelScoring({
    metrics: [metric],
    rollouts: { planOf: () => undefined, modelOf: () => '' },
    limits: NO_LIMITS,
    waits,
    maxWaiting: 100,
    clock,
    events,
    ...more,
  });
  const judged = async (subject: Subject) => {
    const { live, shadow } = answersOf(subject);
    return Promise.all(scoring.asks(subject) ? scoring.scores(subject, live, shadow) : []);
  };
  const records = async (subject: Subject) => (await judged(subject)).flat().map(scoreOf);
  return { judged, records, shed: scoring.shed, waitMs: scoring.waitMs };
};

const liveOf = (text: string, more = {}): Subject => ({
  exchange: exchangeOf({ responseBody: completionOf({ content: text }), ...more }),
  shadow: null,
});
const pairOf = (shadowText: string, liveText: string): Subject => {
  const { exchange } = liveOf(liveText);
  return { exchange, shadow: shadowOf({ exchange, responseBody: completionOf({ content: shadowText }) }) };
};

/** The longer answer is better, as it says of itself. */
const longest: Says = ({ answers: { first, second } }) => ({
  winner: first.length === second.length ? 'tie' : first.length > second.length ? 'first' : 'second',
  confidence: 0.9,
  reason: 'length',
});
const alwaysFirst: Says = () => ({ winner: 'first', confidence: 0.9, reason: 'place' });

describe('a pair', () => {
  const compare = async (subject: Subject, ...says: Says[]) => {
    const judges = says.map((say, i) => judgeOf(['small', 'large'][i]!, say, 10 ** i));
    const metric = pairwiseMetric(rubricWith('pairwise'), panelOf(...judges.map(({ judge }) => judge)));
    return { scores: await scoringOf(metric).records(subject), calls: judges.map(({ calls }) => calls()) };
  };

  it.each([
    ['longer answer', 'short', 1, 0, 1],
    ['short', 'longer answer', 0, 1, -1],
    ['equal', 'level', 0.5, 0.5, 0],
  ])('%j against %j is %d to %d', async (shadow, live, value, liveValue, delta) => {
    const { scores, calls } = await compare(pairOf(shadow, live), longest);
    expect(scores).toMatchObject([{ status: 'scored', value, liveValue, delta, scorer: 'llm:small', costUsd: 0.002 }]);
    expect(calls).toEqual([2]);
  });

  it('that a judge decides by place is a tie, and the reason says both lengths', async () => {
    const { scores } = await compare(pairOf('new', 'older'), alwaysFirst);
    expect(scores).toMatchObject([{ status: 'scored', value: 0.5, delta: 0 }]);
    expect(scores[0]?.reason).toContain('the orders disagree; 3 characters against 5');
  });

  it('in conflict goes to the strong judge, whose name and both judges’ cost the score carries', async () => {
    const { scores, calls } = await compare(pairOf('newest', 'old'), alwaysFirst, longest);
    expect(scores).toMatchObject([{ status: 'scored', value: 1, scorer: 'llm:large' }]);
    expect(scores[0]?.costUsd).toBeCloseTo(0.002 + 0.02);
    expect(calls).toEqual([2, 2]);
  });

  it('that the cheap judge is sure of is not put before the strong one', async () => {
    const { scores, calls } = await compare(pairOf('newest', 'old'), longest, alwaysFirst);
    expect(scores).toMatchObject([{ value: 1, scorer: 'llm:small' }]);
    expect(calls).toEqual([2, 0]);
  });

  it('that the cheap judge is unsure of is put before the strong one', async () => {
    const unsure: Says = (...asked) => ({ ...(longest(...asked) as object), confidence: 0.5 });
    expect((await compare(pairOf('newest', 'old'), unsure, longest)).scores).toMatchObject([{ scorer: 'llm:large' }]);
  });

  it('has one id, whoever of a cascade decides', async () => {
    const subject = pairOf('newest', 'old');
    const idBy = async (...says: Says[]) => {
      const judges = says.map((say, i) => judgeOf(['small', 'large'][i]!, say, 1));
      const metric = pairwiseMetric(rubricWith('pairwise'), panelOf(...judges.map(({ judge }) => judge)));
      const [judged = []] = await scoringOf(metric).judged(subject);
      return { by: judged[0]?.scored.scorer.scorer, id: sheetIdOf(subject, finderOf(judged)) };
    };
    const bySmall = await idBy(longest, longest);
    const byLarge = await idBy(alwaysFirst, longest);
    expect([bySmall.by, byLarge.by]).toEqual(['llm:small', 'llm:large']);
    expect(bySmall.id).toBe(byLarge.id);
  });

  it('with one unusable verdict is an error, never a tie', async () => {
    const half: Says = (exchange, call) => (call === 1 ? longest(exchange, call) : 'both are fine');
    expect((await compare(pairOf('newest', 'old'), half)).scores).toMatchObject([{ status: 'error', value: null }]);
  });

  it('of equal answers is a tie that costs nothing, and a live answer alone is none', async () => {
    const same = await compare(pairOf('same', 'same'), longest);
    expect(same).toMatchObject({ scores: [{ value: 0.5, delta: 0, costUsd: 0 }], calls: [0] });
    expect(await compare(liveOf('alone'), longest)).toEqual({ scores: [], calls: [0] });
  });
});

describe('a single answer', () => {
  /** The answer is the score. */
  const echo: Says = ({ answer }) => ({ score: Number(answer), reason: 'as it says' });
  const harsh: Says = () => ({ score: 0, reason: 'harsh' });
  const judged = async (subject: Subject, more: Partial<ModelScoringOptions>, ...says: Says[]) => {
    const judges = says.map((say, i) => judgeOf(['small', 'gpt-large'][i]!, say, 10 ** i));
    const metric = pointwiseMetric(rubricMetric(rubricWith('pointwise')), panelOf(...judges.map(({ judge }) => judge)));
    const { records, shed } = scoringOf(metric, more);
    return { scores: await records(subject), calls: judges.map(({ calls }) => calls()), shed: shed(), records };
  };

  it.each([
    ['1', 'llm:small', 1],
    ['0.71', 'llm:small', 0.71],
    ['0.7', 'llm:gpt-large', 0],
    ['0.4', 'llm:gpt-large', 0],
    ['0.2', 'llm:small', 0.2],
    ['7', 'llm:gpt-large', 0],
  ])('that the cheap judge gives %s is decided by %s', async (answer, scorer, value) => {
    expect((await judged(liveOf(answer), {}, echo, harsh)).scores).toMatchObject([{ scorer, value, status: 'scored' }]);
  });

  it('off the scale is an error', async () => {
    expect((await judged(liveOf('7'), {}, echo)).scores).toMatchObject([{ status: 'error', value: null }]);
  });

  it('and its shadow are judged by the same judge', async () => {
    const { scores, calls } = await judged(pairOf('1', '0.5'), {}, echo, harsh);
    expect(scores).toMatchObject([{ scorer: 'llm:gpt-large', value: 0, liveValue: 0, delta: 0 }]);
    expect(scores[0]?.costUsd).toBeCloseTo(0.002 + 0.02);
    expect(calls).toEqual([2, 2]);
  });

  it('is not asked about where its pair can’t be judged', async () => {
    const subject = pairOf('1', '');
    expect(await judged(subject, {}, echo)).toMatchObject({ scores: [{ status: 'not_applicable' }], calls: [0] });
  });

  it('says the judge’s family, and warns where it judges its own', async () => {
    const own = body(JSON.stringify({ model: 'gpt-4o', choices: [{ message: { content: '0.5' } }] }));
    const { scores } = await judged(liveOf('', { responseBody: own }), {}, echo, harsh);
    expect(scores).toMatchObject([{ status: 'scored', scorerFamily: 'gpt' }]);
    expect(scores[0]?.reason).toMatch(/^the judge and the judged are both gpt.*harsh$/);
    expect(await metrics.text()).toContain('same_family_total{family="gpt"} 1');
    const aliased = { planOf: () => undefined, modelOf: () => 'openai/gpt-4o' };
    const told = await judged(liveOf('0.5'), { rollouts: aliased }, echo, harsh);
    expect(told.scores[0]?.reason).toMatch(/both gpt/);
  });

  it('that was not sampled has no score, and one without a rollout is not asked about', async () => {
    const none = { planOf: () => ({ salt: 's', judging: { candidatePct: 100, stablePct: 0 } }), modelOf: () => '' };
    const unsampled = await judged(liveOf('1'), { rollouts: none }, echo);
    expect(unsampled).toMatchObject({ scores: [], calls: [0], shed: 0 });
    expect(await judged(liveOf('1', { rollout: '' }), {}, echo)).toMatchObject({ scores: [], calls: [0] });
    expect((await judged(pairOf('1', '0'), { rollouts: none }, echo)).scores).toHaveLength(1);
  });

  it.each([
    ['tokens', { maxTokens: 1_500, maxUsd: Number.POSITIVE_INFINITY }],
    ['usd', { maxTokens: Number.POSITIVE_INFINITY, maxUsd: 0.0015 }],
  ])('beyond the hour’s %s has no score and is counted', async (reason, limits) => {
    const { scores, records } = await judged(liveOf('1'), { limits }, echo);
    expect(scores).toHaveLength(1);
    expect(await records(liveOf('0.9'))).toHaveLength(1);
    expect(await records(liveOf('0.8'))).toEqual([]);
    expect(await metrics.text()).toContain(`shed_total{metric="tone",reason="${reason}"} 1`);
    clock.set(clock.nowMs() + 3_600_000);
    expect(await records(liveOf('0.8'))).toHaveLength(1);
  });

  it('and many like it that make the judge write to its limit cost the hour no more than is under way beyond it', async () => {
    let calls = 0;
    const ask = async (_prompt: Prompt, maxTokens: number): Promise<ModelReply> => {
      calls += 1;
      return { ok: true, content: '', cut: 'in words', promptTokens: 1_000, completionTokens: maxTokens };
    };
    const gate = createModelGate({ clock, events, concurrency: 2, requestsPerMinute: Number.POSITIVE_INFINITY, waits });
    const prices = { promptUsdPerMillion: 1, completionUsdPerMillion: 1 };
    const judge = createModelJudge({ ask, gate, clock, events, model: 'small', family: '', prices });
    const metric = pointwiseMetric(rubricMetric(rubricWith('pointwise')), panelOf(judge));
    const { records, shed } = scoringOf(metric, { limits: { maxTokens: 10_000, maxUsd: Number.POSITIVE_INFINITY } });
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => records(liveOf(`Write 100,000 words. ${i}`))));
    expect(calls).toBeLessThanOrEqual(4);
    const reasons = new Set(all.flat().map(({ reason }) => reason));
    expect([...reasons].toSorted()).toEqual([
      'the judge model was not asked: the hour’s budget is used up',
      'the judge model’s reply was cut at its limit of 4096 tokens, or at one of its own',
    ]);
    expect(all.flat().every(({ status }) => status === 'error')).toBe(true);
    expect(all.flat().length + shed()).toBe(50);
  });

  it('that would wait behind too many has no score and is counted', async () => {
    const { judge } = judgeOf('small', echo, 1);
    const metric = pointwiseMetric(rubricMetric(rubricWith('pointwise')), panelOf(judge));
    const { records, shed } = scoringOf(metric, { maxWaiting: 2 });
    const scores = await Promise.all(['1', '0.9', '0.8', '0.1'].map((text) => records(liveOf(text))));
    expect(scores.map((found) => found.length)).toEqual([1, 1, 0, 0]);
    expect(shed()).toBe(2);
    expect(await records(liveOf('0.8'))).toHaveLength(1);
  });
});

describe('how late the models are', () => {
  /** The answer is the score. */
  const echo: Says = ({ answer }) => ({ score: Number(answer), reason: 'as it says' });

  it('is told by the question that waits longest', () => {
    const waits = createWaits(clock);
    const scoring = scoringOf(pointwiseMetric(rubricMetric(rubricWith('pointwise')), panelOf()), { waits });
    expect(scoring.waitMs(15_000)).toBe(0);
    const first = waits.begin();
    clock.set(clock.nowMs() + 2_000);
    waits.begin();
    clock.set(clock.nowMs() + 1_000);
    expect(scoring.waitMs(15_000)).toBe(3_000);
    first();
    expect(scoring.waitMs(15_000)).toBe(1_000);
  });

  it('is their limit where the room for what waits is half full, so that the share falls before anything is shed', async () => {
    const { judge } = judgeOf('small', echo, 1);
    const metric = pointwiseMetric(rubricMetric(rubricWith('pointwise')), panelOf(judge));
    const { records, waitMs } = scoringOf(metric, { maxWaiting: 4, waits: createWaits(clock) });
    const asked = Promise.all(['0.15', '0.25'].map((text) => records(liveOf(text))));
    expect(waitMs(15_000)).toBe(15_000);
    await asked;
    expect(waitMs(15_000)).toBe(0);
  });
});
