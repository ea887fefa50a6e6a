import { describe, expect, it } from 'vitest';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { redactedBody } from '../privacy/redact.ts';
import { body } from '../schemas/exchange.fixture.ts';
import type { Body, Exchange } from '../schemas/exchange.ts';
import type { ScoreSheet } from '../schemas/score.ts';
import { completionOf, exchangeOf, requestOf, shadowOf } from './answers/exchange.fixture.ts';
import { answersOf } from './answers/scorable-answer.ts';
import { createToolCallCheck } from './answers/tool-schema.ts';
import { createJudgeEvents } from './events.ts';
import { rubricMetric } from './questions/rubric-pointwise.ts';
import { RubricDocument, rubricOf } from './questions/rubric.ts';
import { EXAMINATIONS } from './scorers/examinations.ts';
import { createScoring } from './scoring.ts';

const sheetOf = async (exchange: Exchange, shadowBody: Body | null = null, leftOut = false): Promise<ScoreSheet> => {
  const sheets: ScoreSheet[] = [];
  const score = createScoring({
    clock: systemClock,
    events: createJudgeEvents(silentLog, createMetrics('judge')),
    check: createToolCallCheck(),
    references: new Map(),
    models: null,
    sampleOf: () => ({ share: 0.5, leftOut, modelShare: 1, modelsLeftOut: false }),
    write: async (sheet) => void sheets.push(sheet),
  });
  await score({ exchange, shadow: shadowBody && shadowOf({ exchange, responseBody: shadowBody }) });
  return sheets[0]!;
};

/** What a sheet says of one metric: to which answer it does not apply. */
const toldOf = ({ scores }: ScoreSheet, metric: string): [status: string | undefined, to: string | undefined] => {
  const score = scores.find((one) => one.metric === metric);
  return [score?.status, score?.notApplicableTo];
};

const lookup = { name: 'lookup', parameters: { type: 'object', properties: { id: { type: 'number' } } } };
const requestBody = requestOf('where?', { tools: [{ type: 'function', function: lookup }] });
const calling = (args = '{"id":1}'): Body =>
  completionOf({
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'lookup', arguments: args } }],
  });
const saying = completionOf({ content: 'It is on its way.' });
const OWN = { path: '/agents/support/answer', answerPath: '/reply' };
const dropped: Body = { ...body(''), state: 'dropped' };

describe('that a metric does not apply is said of an answer that was looked at', () => {
  it.each<[string, string, Partial<Exchange>]>([
    ['without a tool call', 'tool_validity', { requestBody, responseBody: saying }],
    ['without text', 'empathy', { requestBody, responseBody: calling() }],
    ['that says nothing', 'refusal', { responseBody: completionOf({ content: '' }) }],
    ['longer than is kept', 'empathy', { responseBody: { ...saying, state: 'truncated' } }],
    ['too dear to redact', 'empathy', { responseBody: { ...body(''), state: 'hashed', sha256: '' } }],
    ['of an own protocol, longer than is kept', 'empathy', { ...OWN, responseBody: { ...saying, state: 'truncated' } }],
    ['that calls a tool and is not cut', 'cut_answer', { requestBody, responseBody: calling() }],
  ])('%s (%s)', async (_, metric, exchange) => {
    expect(toldOf(await sheetOf(exchangeOf(exchange)), metric)).toEqual(['not_applicable', 'this']);
  });

  it.each<[string, Body, Body, string]>([
    ['the shadow’s alone', saying, calling(), 'this'],
    ['the live one alone', calling(), saying, 'live'],
    ['neither', saying, saying, 'both'],
    ['none, for it applies to both', calling(), calling(), ''],
  ])('and of a pair that it is %s', async (_, shadow, live, to) => {
    const sheet = await sheetOf(exchangeOf({ requestBody, responseBody: live }), shadow);
    expect(toldOf(sheet, 'tool_validity')[1]).toBe(to);
  });
});

it('no metric of an answer’s content misses one that is longer than is kept, or than a model is shown: a client may ask for it', async () => {
  const long = exchangeOf({ responseBody: { ...saying, state: 'truncated' } });
  expect((await sheetOf(long)).scores.filter(({ status }) => status === 'error')).toEqual([]);
  const spec = { metric: 'tone', criteria: [{ name: 'kind', description: 'Is kind.', points: 1 }] };
  const document = { apiVersion: 'coalmine/v1', kind: 'Rubric', metadata: { name: 'tone' }, spec };
  const rubric = rubricMetric(rubricOf(RubricDocument.parse(document)));
  const shown = answersOf({
    exchange: exchangeOf({ responseBody: completionOf({ content: 'x'.repeat(32_001) }) }),
    shadow: null,
  });
  for (const answered of [answersOf({ exchange: long, shadow: null }).live, shown.live])
    for (const metric of [...Object.values(EXAMINATIONS), rubric]) {
      const question = metric.question(answered);
      const findings = question.kind === 'known' ? question.findings : [];
      expect(findings.length).toBeGreaterThan(0);
      for (const finding of findings) {
        expect(finding.status).toBe('not_applicable');
        expect(finding.isAbsent).toBeUndefined();
      }
    }
});

describe('what is absent as planned is not said to have been looked at', () => {
  it.each<[string, string, Partial<Exchange>]>([
    ['an answer that failed', 'tool_validity', { requestBody, outcome: 'upstream_error', responseBody: saying }],
    ['an answer whose client left', 'empathy', { outcome: 'client_abort' }],
    ['bodies that are not kept', 'empathy', { capture: 'none', requestBody: dropped, responseBody: dropped }],
    ['hashes in place of bodies', 'tool_validity', { capture: 'hash', requestBody: dropped, responseBody: dropped }],
    [
      'a protocol that nobody reads',
      'empathy',
      { path: '/agents/support/answer', responseBody: body('{"reply":"hi"}') },
    ],
    [
      'a request that is cut',
      'tool_validity',
      {
        requestBody: { ...requestBody, text: requestBody.text.slice(0, 40), state: 'truncated' },
        responseBody: calling(),
      },
    ],
    ['a request without a reference', 'task_success', { requestBody, responseBody: calling() }],
    ['a request without a reference answer', 'reference_match', { responseBody: saying }],
    [
      'a request for an embedding',
      'empty_answer',
      { path: '/v1/embeddings', responseBody: body('{"data":[{"embedding":[1]}]}') },
    ],
    [
      'a mask that does not fit',
      'tool_validity',
      { requestBody, responseBody: redactedBody(calling('{"id":4111111111111111}')) },
    ],
  ])('%s (%s)', async (_, metric, exchange) => {
    expect(toldOf(await sheetOf(exchangeOf(exchange)), metric)).toEqual(['not_applicable', '']);
  });

  it('an answer that the judge left out has no score at all', async () => {
    expect(await sheetOf(exchangeOf({ requestBody, responseBody: saying }), null, true)).toMatchObject({
      leftOut: true,
      scores: [],
    });
  });

  it('of a pair one of whose answers was not there', async () => {
    const failed = exchangeOf({ requestBody, outcome: 'truncated', responseBody: saying });
    expect(toldOf(await sheetOf(failed, saying), 'tool_validity')).toEqual(['not_applicable', '']);
  });

  it('of models, which see neither a failed answer nor a cut request', () => {
    const spec = { metric: 'tone', criteria: [{ name: 'kind', description: 'Is kind.', points: 1 }] };
    const document = { apiVersion: 'coalmine/v1', kind: 'Rubric', metadata: { name: 'tone' }, spec };
    const rubric = rubricMetric(rubricOf(RubricDocument.parse(document)));
    const metrics = [...Object.values(EXAMINATIONS), rubric];
    const failed = answersOf({ exchange: exchangeOf({ outcome: 'upstream_error' }), shadow: null }).live;
    for (const metric of metrics) {
      const question = metric.question(failed);
      expect(question.kind === 'known' && question.findings.every(({ isAbsent }) => isAbsent === true)).toBe(true);
    }
    const wordless = answersOf({ exchange: exchangeOf({ responseBody: calling() }), shadow: null }).live;
    const known = rubric.question(wordless);
    expect(known.kind === 'known' && known.findings).toMatchObject([{ status: 'not_applicable' }]);
    expect(known.kind === 'known' && known.findings[0]?.isAbsent).toBeUndefined();
  });
});
