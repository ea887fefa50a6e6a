import { describe, expect, it } from 'vitest';
import { partialsOf, windowsOf } from '../analyzer/folds/whole-run.fixture.ts';
import { SCORE_INPUT } from '../analyzer/rows/inputs.ts';
import { foldStep, noEvidence } from '../controller/evidence/rollout-evidence.ts';
import { rolloutDocument, started } from '../controller/test/play.fixture.ts';
import { canaryVerdict } from '../controller/verdict/canary-verdict.ts';
import { completionOf, exchangeOf, requestOf, shadowOf } from '../judge/answers/exchange.fixture.ts';
import { createToolCallCheck } from '../judge/answers/tool-schema.ts';
import { createJudgeEvents } from '../judge/events.ts';
import { createScoring } from '../judge/scoring.ts';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Exchange } from '../schemas/exchange.ts';
import type { ScoreSheet } from '../schemas/score.ts';
import { SCORES } from '../schemas/topics.ts';

const WINDOW_MS = 1_000;
const WINDOWS = 10;
const PER_WINDOW = 40;
const APPLIES = 'tool_validity:applies';

const requestBody = requestOf('where?', {
  tools: [{ type: 'function', function: { name: 'lookup', parameters: {} } }],
});
const calling = completionOf({
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'lookup', arguments: '{}' } }],
});
const saying = completionOf({ content: 'It is on its way.' });
/** Two of three requests are such that a tool has to be called. */
const answerTo = (i: number) => (i % 3 === 0 ? saying : calling);

type Made = { exchange: Partial<Exchange>; shadow?: typeof saying; leftOut?: boolean };

/** What the controller makes of answers that the judge scored and the analyzer counted. */
const verdictOn = async (
  spec: object,
  candidateOf: (i: number) => Made,
  isCut: (i: number) => boolean = () => false,
) => {
  const document = rolloutDocument(spec);
  const { run } = started(document).state;
  const sheets: ScoreSheet[] = [];
  let leftOut = false;
  const score = createScoring({
    clock: systemClock,
    events: createJudgeEvents(silentLog, createMetrics('judge')),
    check: createToolCallCheck(),
    references: new Map(),
    models: null,
    sampleOf: () => ({ share: 1, leftOut, modelShare: 1, modelsLeftOut: false }),
    write: async (sheet) => void sheets.push(sheet),
  });
  for (let i = 0; i < WINDOWS * PER_WINDOW; i++) {
    const made = i % 2 === 0 ? { exchange: { responseBody: answerTo(i) } } : candidateOf(i);
    const isCandidate = i % 2 === 1 && made.shadow === undefined;
    const arm = isCandidate ? 'candidate' : 'stable';
    const exchange = exchangeOf({
      exchangeId: `x-${i}`,
      rollout: run!.id,
      routingSequence: run!.last.sequence,
      assignedArm: arm,
      servedArm: arm,
      subjectBucket: i % 20,
      requestBody,
      slices: {},
      ...made.exchange,
      ...(isCut(i) ? { responseBody: { ...answerTo(i), state: 'truncated' } } : {}),
    });
    leftOut = made.leftOut ?? false;
    await score({
      exchange,
      shadow: made.shadow ? shadowOf({ shadowId: `s-${i}`, exchange, responseBody: made.shadow }) : null,
    });
  }
  const atMs = (i: number): number => 1_700_000_000_000 + Math.floor(i / PER_WINDOW) * WINDOW_MS;
  const stamp = (i: number) => ({ source: 'judge', sequence: i + 1, timeMs: atMs(i) });
  const last = { source: 'judge', sequence: sheets.length, timeMs: atMs(sheets.length) + WINDOW_MS };
  const log = [
    ...sheets.map((event, i) => ({ ...stamp(i), event, tick: null })),
    { ...last, event: null, tick: { counters: {}, arms: [], share: null } },
  ].map((value, offset) => ({ offset, value }));
  const sizes = { outPartitions: 1, outPartitionOf: () => 0, windowMs: WINDOW_MS, graceMs: 0 };
  const rows = [...windowsOf(sizes, partialsOf(sizes, SCORE_INPUT, [log])).values()].flatMap(
    ({ event }) => event ?? [],
  );
  const step = { rows, topic: SCORES.name, closedThroughMs: last.timeMs };
  const { evidence, problems } = foldStep(noEvidence(document.spec), run!, step);
  expect(problems).toEqual([]);
  if (document.spec.strategy !== 'canary') throw new Error(document.spec.strategy);
  return { evidence, verdict: canaryVerdict(evidence, document.spec, run!.slices) };
};

const CANARY = { metrics: undefined };
const IN_SHADOW = { metrics: undefined, shadow: { duration: '60s' } };

describe('from the answer to the verdict', () => {
  it('a candidate that calls no tools any more is convicted by the metric that stopped to apply', async () => {
    const { verdict, evidence } = await verdictOn(CANARY, () => ({ exchange: { responseBody: saying } }));
    expect(verdict.decides).toMatchObject({ phase: 'canary', plan: { spec: { name: APPLIES } } });
    expect(verdict.logE).toBeGreaterThan(verdict.logThreshold);
    const { candidate, stable } = evidence.cells.get(`${APPLIES}|_all`)!;
    expect([candidate.count, candidate.sum, stable.count]).toEqual([200, 0, 200]);
    expect(stable.sum).toBeGreaterThan(130);
  });

  const cutAnswer = { ...calling, state: 'truncated' as const };

  it('a candidate whose answers are longer than is kept can not hide them: its metrics apply less often, which convicts it', async () => {
    const { verdict } = await verdictOn(CANARY, (i) => ({
      exchange: { responseBody: i % 3 === 0 ? saying : cutAnswer },
    }));
    expect(verdict.decides?.plan.spec.name).toMatch(/:applies$/);
    expect(verdict.logE).toBeGreaterThan(verdict.logThreshold);
  });

  it('a client that asks both for more than is kept speaks against neither', async () => {
    const { verdict } = await verdictOn(
      CANARY,
      (i) => ({ exchange: { responseBody: answerTo(i) } }),
      (i) => i % 4 < 2,
    );
    expect(verdict.logE).toBeLessThan(verdict.logThreshold);
  });

  it('in shadow, too, pair by pair', async () => {
    const { verdict, evidence } = await verdictOn(IN_SHADOW, (i) => ({
      exchange: { responseBody: answerTo(i) },
      shadow: saying,
    }));
    expect(verdict.decides).toMatchObject({ phase: 'shadow', plan: { spec: { name: APPLIES } } });
    expect(verdict.logE).toBeGreaterThan(verdict.logThreshold);
    const { candidate } = evidence.shadowCells.get(`${APPLIES}|_all`)!;
    expect(candidate).toMatchObject({ pairs: 200, better: 0, sum: 0 });
    expect(candidate.worse).toBeGreaterThan(130);
  });

  it.each<[string, Made]>([
    ['failed', { exchange: { outcome: 'upstream_error', responseBody: saying } }],
    [
      'are not kept',
      {
        exchange: {
          capture: 'hash',
          requestBody: { ...saying, state: 'hashed', text: '' },
          responseBody: { ...saying, state: 'hashed', text: '' },
        },
      },
    ],
    ['were left out', { exchange: { responseBody: saying }, leftOut: true }],
    [
      'have requests that are cut',
      {
        exchange: { responseBody: calling, requestBody: { ...requestBody, text: '{"messages":[', state: 'truncated' } },
      },
    ],
    ['are pinned', { exchange: { responseBody: saying, assignment: 'pin' } }],
  ])('answers that %s are no evidence, though they are the candidate’s alone', async (_, absent) => {
    const { verdict, evidence } = await verdictOn(CANARY, (i) =>
      i % 4 === 1 ? absent : { exchange: { responseBody: answerTo(i) } },
    );
    const applies = verdict.components.filter(({ plan }) => plan.metric.isApplicability);
    expect(Math.max(...applies.map(({ logE }) => logE))).toBeLessThan(1);
    expect(evidence.cells.get(`${APPLIES}|_all`)?.candidate.count).toBe(100);
  });
});
