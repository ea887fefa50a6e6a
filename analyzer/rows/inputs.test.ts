import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { OneScore } from '../../schemas/score.fixture.ts';
import type { Contribution, Described } from './contribution.ts';
import { EXCHANGE_INPUT, FEEDBACK_INPUT, SCORE_INPUT } from './inputs.ts';
import { sampleExchange, sampleFeedback, sampleSheet, START_MS } from '../folds/sample-log.fixture.ts';

/** `metric=value` of each contribution, `metric:status` without a value, or why there is none. */
const brief = (described: Described): string[] =>
  typeof described === 'string'
    ? [described]
    : described
        .flatMap(({ observed }) => observed)
        .map((one) => (one.status === 'scored' ? `${one.metric}=${one.value}` : `${one.metric}:${one.status}`));

describe('a live exchange says of its assigned arm', () => {
  it.each<[string, Partial<Exchange>, string[]]>([
    [
      'a stream',
      {},
      [
        'error_rate=0',
        'left_midway=0',
        'latency=0.25',
        'first_token=0.04',
        'cost=2',
        'tokens=0.12',
        'throughput=95.23809523809524',
      ],
    ],
    ['a plain answer', { stream: false }, ['error_rate=0', 'latency=0.25', 'cost=2', 'tokens=0.12', 'throughput=80']],
    [
      'no usage',
      { costUsd: null, promptTokens: null, completionTokens: null },
      ['error_rate=0', 'left_midway=0', 'latency=0.25', 'first_token=0.04', 'cost:error'],
    ],
    [
      'a stream all of which came at once',
      { firstByteMs: 249.5, costUsd: null },
      ['error_rate=0', 'left_midway=0', 'latency=0.25', 'first_token=0.2495', 'tokens=0.12', 'cost:error'],
    ],
    [
      'no completion',
      { stream: false, costUsd: null, completionTokens: 0 },
      ['error_rate=0', 'latency=0.25', 'tokens=0.1', 'cost:error'],
    ],
    [
      'one of two token counts',
      { stream: false, costUsd: null, promptTokens: null },
      ['error_rate=0', 'latency=0.25', 'throughput=80', 'cost:error'],
    ],
    ['an upstream error', { outcome: 'upstream_error', costUsd: null }, ['error_rate=1']],
    ['an upstream timeout', { outcome: 'upstream_timeout' }, ['error_rate=1']],
    ['a stream that died', { outcome: 'truncated' }, ['error_rate=1']],
    ['a client that left half way', { outcome: 'client_abort' }, ['error_rate=0', 'left_midway=1']],
    ['a client that left a plain answer', { outcome: 'client_abort', stream: false }, ['error_rate=0']],
    ['a client that waited for nothing', { outcome: 'client_abort', firstByteMs: null }, ['error_rate=1']],
    ['an answer of 4xx', { outcome: 'client_error' }, ['error_rate=1']],
    ['a 4xx that its request provoked', { outcome: 'client_error', provoked: true, stream: false }, ['error_rate=0']],
    ['one for which another version answered', { outcome: 'client_error', servedArm: 'other' }, ['error_rate=1']],
    ['a fallback', { assignment: 'fallback', servedArm: 'other' }, ['error_rate=1']],
    ['a fallback that the client left', { outcome: 'client_abort', servedArm: 'other' }, ['error_rate=1']],
    [
      'no rollout',
      { rollout: '', stream: false, costUsd: null },
      ['error_rate=0', 'latency=0.25', 'tokens=0.12', 'throughput=80', 'cost:error'],
    ],
    ['a caller who may not name subjects', { vouched: false, slices: { tenant: 'a' } }, ['unvouched=1']],
    ['a pin of such a caller', { vouched: false, assignment: 'pin' }, ['not_random']],
    ['a pin', { assignment: 'pin' }, ['not_random']],
    ['a beta user', { assignment: 'beta' }, ['not_random']],
  ])('%s', (_, over, expected) => {
    expect(brief(EXCHANGE_INPUT.describe(sampleExchange(over)))).toEqual(expected);
  });

  it('under the arm and version it was assigned to', () => {
    const described = EXCHANGE_INPUT.describe(sampleExchange({ assignedArm: 'candidate', assignedVersion: 'v2' }));
    expect(described[0]).toMatchObject({ arm: 'candidate', version: 'v2', kind: 'live' });
  });
});

describe('a score says', () => {
  it.each<[string, OneScore, string[]]>([
    ['its value', {}, ['empathy=0.75']],
    ['that it failed', { status: 'error', value: null }, ['empathy:error']],
    ['that it does not apply', { status: 'not_applicable', value: null }, ['empathy:not_applicable']],
    ['nothing of a live answer’s latency', { metric: 'latency' }, ['measured_elsewhere']],
    ['nothing without evidence', { evidence: false }, ['not_evidence']],
    ['a shadow’s latency', { kind: 'shadow', metric: 'latency', delta: 0.1 }, ['latency=0.75']],
    [
      'nothing of how near a shadow is to the live answer',
      { kind: 'shadow', metric: 'semantic_similarity', liveValue: null, delta: null },
      ['advisory'],
    ],
    ['a pinned exchange’s shadow', { kind: 'shadow', evidence: false, delta: 0.1 }, ['empathy=0.75']],
    ['a rubric nobody knows', { metric: 'tone' }, ['tone=0.75']],
    ['what a model’s judging cost', { costUsd: 0.004 }, ['empathy=0.75', 'judge_cost=4']],
    ['its cost even where it is no evidence', { costUsd: 0.004, evidence: false }, ['judge_cost=4']],
    ['a missing value as not a number', { value: null }, ['empathy=NaN']],
  ])('%s', (_, over, expected) => {
    expect(brief(SCORE_INPUT.describe(sampleSheet(over)))).toEqual(expected);
  });
});

it('a score says to which answers it does not apply, and what is no score does not', () => {
  const of = (over: OneScore): unknown[] => {
    const described = SCORE_INPUT.describe(sampleSheet(over));
    return (described as Contribution[]).flatMap(({ observed }) => observed).map((one) => one.notApplicableTo);
  };
  expect(of({ costUsd: 0.004 })).toEqual(['', undefined]);
  expect(of({ status: 'not_applicable', value: null, notApplicableTo: 'this' })).toEqual(['this']);
});

describe('a sheet says', () => {
  it('the first value of a metric that stands there twice', () => {
    const [score] = sampleSheet().scores;
    const scores = [{ ...score!, value: 0.25 }, score!, { ...score!, metric: 'toxicity', value: 0 }];
    expect(brief(SCORE_INPUT.describe({ ...sampleSheet(), scores }))).toEqual(['empathy=0.25', 'toxicity=0']);
  });

  it('what it costs, score by score, beside its values, and once for each', () => {
    const [score] = sampleSheet({ costUsd: 0.002, liveValue: 0.5, delta: 0.25 }).scores;
    const scores = [score!, { ...score!, metric: 'tone', costUsd: 0.001 }, { ...score!, metric: 'style', costUsd: 0 }];
    const described = SCORE_INPUT.describe({ ...sampleSheet({ kind: 'shadow' }), scores });
    expect(brief(described).slice(3)).toEqual(['judge_cost=2', 'judge_cost=1']);
    expect((described as Contribution[]).map(({ kind }) => kind)).toEqual(['shadow', 'live']);
  });

  it.each<[string, OneScore, string[]]>([
    ['that it scored the answer, and how late', {}, ['judged=1', 'judge_lag=1.5']],
    ['that it left it out, and how late', { leftOut: true, share: 0.1 }, ['judge_lag=1.5', 'judged=0']],
    ['whether models were asked', { modelShare: 0.5 }, ['judged=1', 'judged_by_models=1', 'judge_lag=1.5']],
    [
      'that models were left out',
      { modelShare: 0.5, modelsLeftOut: true },
      ['judged=1', 'judge_lag=1.5', 'judged_by_models=0'],
    ],
    ['that there was nothing kept to score', { uncaptured: true }, ['judge_lag=1.5', 'judged=1']],
    ['of a shadow no lag', { kind: 'shadow' }, ['judged=1']],
    ['of a pinned user’s shadow, too', { kind: 'shadow', evidence: false }, ['judged=1']],
    ['nothing of what is no evidence', { evidence: false }, ['not_evidence']],
    ['of what a clock puts before its answer no lag', { scoredAtMs: 1 }, ['judged=1', 'judge_lag=0']],
  ])('of its judge, %s', (_, over, expected) => {
    const { exchangeAtMs } = sampleSheet();
    const sheet = sampleSheet({ finder: 'rules', scoredAtMs: exchangeAtMs + 1_500, ...over });
    const described = SCORE_INPUT.describe({ ...sheet, scores: [] });
    expect(brief(described)).toEqual(expected);
    if (typeof described === 'string') return;
    for (const { slices, observed } of described) {
      const isLeftOut = observed.some((one) => 'value' in one && one.value === 0 && one.metric !== 'judge_lag');
      const isUnkept = over.uncaptured === true && observed.some(({ metric }) => metric === 'judged');
      expect(slices).toEqual(isLeftOut ? { left_out: 'behind' } : isUnkept ? { uncaptured: 'by_policy' } : {});
    }
  });

  it('nothing of the metrics of an answer whose bodies were not to be kept', () => {
    const sheet = sampleSheet({ finder: 'rules', uncaptured: true, status: 'not_applicable', value: null });
    expect(brief(SCORE_INPUT.describe(sheet)).filter((one) => !one.startsWith('judge'))).toEqual([]);
  });

  it('of its judge nothing where a model found it', () => {
    expect(brief(SCORE_INPUT.describe(sampleSheet({ finder: 'llm:m', leftOut: true })))).toEqual(['empathy=0.75']);
  });

  it('nothing when it is empty', () => {
    expect(SCORE_INPUT.describe({ ...sampleSheet(), scores: [] })).toBe('nothing_measured');
  });
});

const event = (name: string, value: number): Feedback['events'][number] => ({ name, value, perExchange: 1 });

const WEEK_MS = 7 * 86_400_000;

describe('feedback says', () => {
  it.each<[string, Partial<Feedback>, string[]]>([
    ['thumbs down', { thumbs: 'down' }, ['thumbs_down=1']],
    ['thumbs up and success', { thumbs: 'up', taskSuccess: true }, ['thumbs_down=0', 'reported_success=1']],
    ['failure', { taskSuccess: false }, ['reported_success=0']],
    [
      'a purchase and a refund',
      { events: [event('sale', 49.9), event('sale', -5)] },
      ['event_sale=49.9', 'event_sale=-5'],
    ],
    ['a vote and a conversion', { thumbs: 'up', events: [event('signup', 1)] }, ['thumbs_down=0', 'event_signup=1']],
    ['an event of a pinned user', { events: [event('signup', 1)], evidence: false }, ['not_evidence']],
    ['a score of one’s own', { scores: [{ metric: 'csat:score:higher', value: 0.75 }] }, ['csat:score:higher=0.75']],
    [
      'a report a week and a second after its answer',
      { thumbs: 'up', receivedAtMs: START_MS + WEEK_MS + 1_000 },
      ['too_late'],
    ],
    ['one a week after it', { thumbs: 'up', receivedAtMs: START_MS + WEEK_MS }, ['thumbs_down=0']],
    ['a rating alone', { rating: 4 }, ['rating=0.75']],
    ['a comment alone', { comment: 'hm' }, ['nothing_measured']],
    ['thumbs of a pinned user', { thumbs: 'down', evidence: false }, ['not_evidence']],
  ])('%s', (_, over, expected) => {
    expect(brief(FEEDBACK_INPUT.describe(sampleFeedback(over)))).toEqual(expected);
  });
});
