import { describe, expect, it } from 'vitest';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { body } from '../schemas/exchange.fixture.ts';
import type { Body, Exchange, Shadow } from '../schemas/exchange.ts';
import type { ScoreSheet } from '../schemas/score.ts';
import { exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import { answersOf } from './answers/scorable-answer.ts';
import { createToolCallCheck } from './answers/tool-schema.ts';
import { createJudgeEvents } from './events.ts';
import type { ModelScoring } from './models/model-scoring.ts';
import { createScoring } from './scoring.ts';
import { EXAMINATIONS } from './scorers/examinations.ts';
import { SCORERS } from './scorers/registry.ts';

const check = createToolCallCheck();
/** The metrics that windows take from scores are those that read what was said. */
const CONTENT = SCORERS.filter(({ by, source }) => by === 'rules' && source === 'scores').map(({ name }) => name);
const OWN = { path: '/agents/helpdesk/answer', requestBody: body('{"question":"Where is my order 7?"}') };
const POINTERS = { requestPath: '/question', answerPath: '/reply' };
const replied = (reply: string): Body => body(JSON.stringify({ reply }));

type Sampled = { leftOut?: boolean; modelsLeftOut?: boolean };
const sheetsOf = async (exchange: Exchange, shadow: Partial<Shadow> | null, sampled: Sampled = {}) => {
  const sheets: ScoreSheet[] = [];
  const asked: string[] = [];
  const models: Pick<ModelScoring, 'asks' | 'scores'> = {
    asks: () => true,
    scores: (subject) => {
      asked.push(subject.exchange.exchangeId);
      return [];
    },
  };
  const score = createScoring({
    clock: systemClock,
    events: createJudgeEvents(silentLog, createMetrics('judge')),
    check,
    references: new Map(),
    models,
    sampleOf: () => ({ share: 0.5, leftOut: false, modelShare: 0.5, modelsLeftOut: false, ...sampled }),
    write: async (sheet) => void sheets.push(sheet),
  });
  await score({ exchange, shadow: shadow && shadowOf({ exchange, ...shadow }) });
  return { sheet: sheets[0]!, asked };
};
const statusesOf = (sheet: ScoreSheet): Record<string, string> =>
  Object.fromEntries(sheet.scores.map(({ metric, status }) => [metric, status]));
const contentOf = (sheet: ScoreSheet): string[] => CONTENT.map((metric) => statusesOf(sheet)[metric] ?? 'missing');

describe('an answer in a protocol that nobody knows', () => {
  const ANSWERS: [string, Body][] = [
    ['plain text', body('It is on its way.', 'text/plain')],
    ['JSON of its own', body('{"status":"shipped"}')],
    ['a list', body('[1,2]')],
    ['half a document', body('{"status":')],
    ['HTML', body('<p>On its way</p>', 'text/html')],
    ['events of its own', body('event: word\ndata: On\n\nevent: word\ndata: its\n\n', 'text/event-stream')],
    ['nothing', body('')],
    ['bytes', { ...body('', 'image/png'), state: 'hashed' }],
    ['more than is kept', { ...body('It is'), state: 'truncated' }],
  ];

  it.each(ANSWERS)('is not judged by what it says, and no error of the judge: %s', async (_, responseBody) => {
    const { sheet } = await sheetsOf(exchangeOf({ ...OWN, responseBody }), null);
    expect(new Set(contentOf(sheet))).toEqual(new Set(['not_applicable']));
    expect(sheet.scores.find(({ metric }) => metric === 'empathy')?.reason).not.toBe('');
    expect(statusesOf(sheet)).toMatchObject({ error_rate: 'scored', latency: 'scored' });
    expect(sheet.uncaptured).toBe(false);
  });

  it.each(ANSWERS)('is put before no model: %s', (_, responseBody) => {
    const { live } = answersOf({ exchange: exchangeOf({ ...OWN, responseBody }), shadow: null });
    for (const examination of Object.values(EXAMINATIONS)) {
      const question = examination.question(live);
      const findings = question.kind === 'known' ? question.findings : [];
      expect(findings.map(({ status }) => status)).toEqual(examination.metrics.map(() => 'not_applicable'));
    }
  });

  it('makes no pair of a shadow, but for what is measured', async () => {
    const exchange = exchangeOf({ ...OWN, responseBody: body('On its way', 'text/plain') });
    const { sheet } = await sheetsOf(exchange, { responseBody: body('Shipped', 'text/plain') });
    expect(new Set(contentOf(sheet))).toEqual(new Set(['not_applicable']));
    expect(statusesOf(sheet)).toMatchObject({ error_rate: 'scored', latency: 'scored' });
  });

  it('is judged by its form where that is one of OpenAI’s', async () => {
    const responseBody = body('{"choices":[{"message":{"content":"I am so sorry."}}]}');
    const { sheet } = await sheetsOf(exchangeOf({ ...OWN, responseBody }), null);
    expect(statusesOf(sheet)).toMatchObject({ empathy: 'scored', refusal: 'scored' });
  });

  it('says how it could be judged', async () => {
    const { sheet } = await sheetsOf(exchangeOf({ ...OWN, responseBody: body('{"reply":"hi"}') }), null);
    expect(sheet.scores.find(({ metric }) => metric === 'empathy')?.reason).toContain('spec.http.answerPath');
  });
});

describe('an answer whose text the agent’s document points to', () => {
  const scoresOf = async (reply: string) => {
    const { sheet } = await sheetsOf(exchangeOf({ ...OWN, ...POINTERS, responseBody: replied(reply) }), null);
    return Object.fromEntries(sheet.scores.map(({ metric, status, value }) => [metric, value ?? status]));
  };

  it('is judged by it', async () => {
    expect(await scoresOf('I am so sorry, let me check that for you.')).toMatchObject({ refusal: 0, toxicity: 0 });
    const [kind, cold] = [await scoresOf('I am so sorry to hear that.'), await scoresOf('That is not our problem.')];
    expect(kind['empathy']).toBeGreaterThan(Number(cold['empathy']));
    expect(await scoresOf('I cannot help you with that request.')).toMatchObject({ refusal: 1 });
  });

  it('is judged with what the user said', async () => {
    const responseBody = replied('I wrote to ann@acme.org.');
    const leakOf = async (question: string) => {
      const requestBody = body(JSON.stringify({ question }));
      const { sheet } = await sheetsOf(exchangeOf({ ...OWN, ...POINTERS, requestBody, responseBody }), null);
      return sheet.scores.find(({ metric }) => metric === 'pii_leak')?.value;
    };
    expect([await leakOf('Write to ann@acme.org'), await leakOf('Write to her')]).toEqual([0, 1]);
  });

  it('is shown to models with what the user said', () => {
    const exchange = exchangeOf({ ...OWN, ...POINTERS, responseBody: replied('Tomorrow.') });
    const question = EXAMINATIONS['answer_relevancy']!.question(answersOf({ exchange, shadow: null }).live);
    expect(question.kind).toBe('ask');
    expect(JSON.stringify(question)).toContain('Where is my order 7?');
  });

  it('makes a pair of a shadow', async () => {
    const exchange = exchangeOf({ ...OWN, ...POINTERS, responseBody: replied('I am so sorry to hear that.') });
    const { sheet } = await sheetsOf(exchange, { responseBody: replied('That is not our problem.') });
    const empathy = sheet.scores.find(({ metric }) => metric === 'empathy');
    expect(empathy?.delta).toBeLessThan(0);
  });

  it('of which too little was kept to find it is none to be judged, and no pass', async () => {
    const responseBody: Body = { ...body('{"reply":"I am'), state: 'truncated' };
    const { sheet } = await sheetsOf(exchangeOf({ ...OWN, ...POINTERS, responseBody }), null);
    expect(statusesOf(sheet)['empathy']).toBe('not_applicable');
  });
});

describe('an answer that the agent’s policy does not keep', () => {
  const dropped: Body = { ...body(''), state: 'dropped' };
  const of = (rest: Partial<Exchange>) =>
    exchangeOf({ capture: 'none', requestBody: dropped, responseBody: dropped, ...rest });

  it.each(['none', 'hash'] as const)('by %s is said to be so, and no error of the judge', async (capture) => {
    const { sheet } = await sheetsOf(of({ capture }), null);
    expect(sheet.uncaptured).toBe(true);
    expect(new Set(contentOf(sheet))).toEqual(new Set(['not_applicable']));
    expect(sheet.scores.find(({ metric }) => metric === 'empathy')?.reason).toContain(`policy is ${capture}`);
  });

  it('is left out by no judge that is behind, and put before no model', async () => {
    const { sheet, asked } = await sheetsOf(of({}), null, { leftOut: true, modelsLeftOut: true });
    expect(sheet).toMatchObject({ leftOut: false, modelShare: null, modelsLeftOut: false, uncaptured: true });
    expect(asked).toEqual([]);
  });

  it('and failed is a failure like any other', async () => {
    const { sheet } = await sheetsOf(of({ outcome: 'upstream_error', status: 502 }), null);
    expect(sheet.scores.find(({ metric }) => metric === 'error_rate')).toMatchObject({ value: 1 });
  });

  it('though it should have been is missing', async () => {
    const responseBody = body('{"cho');
    const { sheet } = await sheetsOf(exchangeOf({ capture: 'full', responseBody }), null);
    expect(sheet.uncaptured).toBe(false);
    expect(statusesOf(sheet)['empathy']).toBe('error');
  });
});
