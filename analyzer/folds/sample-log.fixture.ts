import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { Exchange, Outcome } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { Score, ScoreSheet } from '../../schemas/score.ts';
import { type OneScore, sheetWith } from '../../schemas/score.fixture.ts';

/** Made-up logs for tests, the same for the same seed: two sources with clocks apart, ticking every second. */
export const START_MS = 1_700_000_040_000;

/** A small seeded generator (mulberry32) of numbers in [0, 1). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export const sampleExchange = (over: Partial<Exchange> = {}): Exchange =>
  exchangeOf({
    exchangeId: 'e1',
    rollout: 'r1',
    stream: true,
    requestBody: { ...body('{}'), sha256: '' },
    firstByteMs: 40,
    responseBody: { ...body('{}'), sha256: '' },
    promptTokens: 100,
    completionTokens: 20,
    startedAtMs: START_MS,
    finishedAtMs: START_MS,
    ...over,
  });

export const sampleSheet = (over: OneScore = {}): ScoreSheet =>
  sheetWith({ exchangeAtMs: START_MS, scoredAtMs: START_MS, ...over });

export const sampleFeedback = (over: Partial<Feedback> = {}): Feedback => ({
  feedbackId: 'f1',
  exchangeId: 'e1',
  agent: 'support',
  rollout: 'r1',
  routingSequence: 3,
  version: 'v1',
  arm: 'stable',
  evidence: true,
  subjectBucket: 4,
  thumbs: null,
  rating: null,
  taskSuccess: null,
  tags: [],
  comment: null,
  labels: [],
  events: [],
  scores: [],
  exchangeAtMs: START_MS,
  receivedAtMs: START_MS,
  ...over,
});

type Log<E> = Stamped<E, Tick>[];

const OUTCOMES: readonly Outcome[] = ['ok', 'ok', 'ok', 'ok', 'ok', 'upstream_error', 'client_abort', 'truncated'];
const LANGUAGES = ['de', 'en', 'fr'];

const randomExchange = (random: () => number, id: string): Exchange => {
  const isCandidate = random() < 0.4;
  const arm = isCandidate ? 'candidate' : 'stable';
  const fellBack = isCandidate && random() < 0.1;
  return sampleExchange({
    exchangeId: id,
    agent: random() < 0.7 ? 'support' : 'tools',
    assignment: random() < 0.9 ? 'weight' : 'pin',
    assignedArm: arm,
    assignedVersion: isCandidate ? 'v2' : 'v1',
    servedArm: fellBack ? 'stable' : arm,
    subjectBucket: Math.floor(random() * 20),
    outcome: OUTCOMES[Math.floor(random() * OUTCOMES.length)]!,
    latencyMs: 20 + random() * 4_000,
    firstByteMs: random() * 100,
    costUsd: random() * 0.01,
    slices: { language: LANGUAGES[Math.floor(random() * LANGUAGES.length)]! },
  });
};

const METRICS = ['empathy', 'task_success', 'length', 'rubric_tone', 'error_rate'];

const randomScore = (random: () => number, metric: string, isLive: boolean): Score => {
  const isRate = ['task_success', 'error_rate'].includes(metric);
  const value = isRate ? Math.round(random()) : random() * (metric === 'length' ? 8 : 1);
  const status = random() < 0.9 ? 'scored' : random() < 0.5 ? 'error' : 'not_applicable';
  const liveValue = isLive ? null : random();
  const isModel = metric === 'rubric_tone';
  return {
    metric,
    scorer: isModel ? 'llm:m' : 'rules',
    scorerVersion: '1',
    scorerFamily: '',
    status,
    value: status === 'scored' ? value : null,
    liveValue,
    delta: liveValue === null || status !== 'scored' ? null : value - liveValue,
    reason: '',
    costUsd: isModel ? random() * 0.01 : 0,
    notApplicableTo: status === 'not_applicable' ? (isLive ? 'this' : 'both') : '',
  };
};

const randomSheet = (random: () => number, id: string): ScoreSheet => {
  const kind = random() < 0.7 ? 'live' : 'shadow';
  const metrics = METRICS.filter(() => random() < 0.6);
  return {
    ...sampleSheet({
      sheetId: id,
      exchangeId: `of-${id}`,
      kind,
      agent: random() < 0.7 ? 'support' : 'tools',
      arm: random() < 0.5 ? 'stable' : 'candidate',
      subjectBucket: Math.floor(random() * 20),
      evidence: random() < 0.95,
      slices: { language: LANGUAGES[Math.floor(random() * LANGUAGES.length)]! },
    }),
    scores: metrics.map((metric) => randomScore(random, metric, kind === 'live')),
  };
};

type Shape<E> = { seconds: number; perSecond: number; make: (random: () => number, id: string) => E };

/** Clocks of the two sources, against the true time. */
const SKEWS_MS = { a: 0, b: -2_400 } as const;

/** A partition's log of `seconds` seconds: events of each source in any order between its ticks. */
const sampleLog = <E>(seed: number, name: string, { seconds, perSecond, make }: Shape<E>): Log<E> => {
  const random = seeded(seed);
  const sequences = { a: 0, b: 0 };
  const log: Log<E> = [];
  for (let second = 0; second < seconds; second++) {
    const parts = (['a', 'b'] as const).map((key) => {
      const fromMs = START_MS + second * 1_000 + SKEWS_MS[key];
      const source = `${name}-${key}`;
      const events = Array.from({ length: Math.floor(random() * 2 * perSecond) }, (): Stamped<E, Tick> => {
        sequences[key] += 1;
        const event = make(random, `${source}-${seed}-${sequences[key]}`);
        const timeMs = fromMs + 1 + Math.floor(random() * 1_000);
        return { source, sequence: sequences[key], timeMs, event, tick: null };
      });
      const arm = { agent: 'support', rollout: 'r1', routingSequence: 3, version: 'v1', arm: 'stable' };
      const tick = { counters: {}, arms: [{ ...arm, accepted: sequences[key], dropped: 0 }], share: null };
      return [...events, { source, sequence: sequences[key], timeMs: fromMs + 1_000, event: null, tick }];
    });
    while (parts.some((part) => part.length > 0)) {
      const part = parts[random() < 0.5 ? 0 : 1]!;
      const record = part.shift();
      if (record) log.push(record);
    }
  }
  return log;
};

export const exchangeLog = (seed: number, seconds: number, perSecond = 3): Log<Exchange> =>
  sampleLog(seed, 'ingress', { seconds, perSecond, make: randomExchange });

export const sheetLog = (seed: number, seconds: number, perSecond = 3): Log<ScoreSheet> =>
  sampleLog(seed, 'judge', { seconds, perSecond, make: randomSheet });

/** The log as a careless writer might leave it: a tenth of it twice, and the events between two ticks in another order. */
export const disturb = <E>(log: Log<E>, seed: number): Log<E> => {
  const random = seeded(seed);
  const disturbed: Log<E> = [];
  let between: Log<E> = [];
  const flush = (): void => {
    for (let i = between.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [between[i], between[j]] = [between[j]!, between[i]!];
    }
    disturbed.push(...between);
    between = [];
  };
  for (const record of log) {
    if (record.tick) {
      flush();
      disturbed.push(record);
    } else between.push(record);
    if (random() < 0.1 && disturbed.length > 0) disturbed.push(disturbed[Math.floor(random() * disturbed.length)]!);
  }
  flush();
  return disturbed;
};

/** The same log over so many times as long. */
export const stretched = <E>(log: Log<E>, times: number): Log<E> =>
  log.map((record) => ({ ...record, timeMs: START_MS + (record.timeMs - START_MS) * times }));
