import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createStoreReader } from '../../controller/store/reader.io.ts';
import { openStore, openToRead } from '../../controller/store/store-file.io.ts';
import type { AskStore, StoreReader } from '../../controller/store/store-reader.ts';
import type { FoldEvent } from '../../controller/store/store-writer.ts';
import { STORE_FILE } from '../../controller/store/tables.ts';
import { createWriter } from '../../controller/store/writer.io.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { HOSTILE } from './hostile.fixture.ts';

const QUESTIONS = [
  [
    'Where is my order 4711?',
    'I am sorry for the wait. Your order 4711 left us yesterday and arrives on Friday.',
    'Shipped. Friday.',
  ],
  [
    'I want my money back!',
    'I understand, and I am sorry. I have started the refund; it takes three days.',
    'Refunds take three days. Read the terms.',
  ],
  ['Can I change the address?', 'Of course. Which address shall it go to instead?', 'No.'],
  [`What is ${HOSTILE.script}?`, `You wrote ${HOSTILE.image}, which I can not read.`, `${HOSTILE.tag} ${HOSTILE.link}`],
] as const;

const chat = (content: string) => body(JSON.stringify({ model: 'support', messages: [{ role: 'user', content }] }));
const answer = (content: string) => body(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));

/** A store with some exchanges of `support`, their shadows, scores and what users said. */
export const seededStore = (rollout: string, nowMs: number): { ask: AskStore; close: () => void } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coalmine-page-'));
  const file = path.join(folder, STORE_FILE);
  const { db } = openStore(file);
  const writer = createWriter(db);
  let offset = 0;
  const take = <E>(fold: FoldEvent<E>, event: E): void => {
    const value = { source: 's', sequence: 1, timeMs: nowMs, event, tick: null };
    const records = [{ offset: (offset += 1), timestampMs: nowMs, value }];
    writer.take({ topic: 'coalmine.test', partition: 0, records }, fold, 0);
  };
  for (let n = 0; n < 24; n += 1) {
    const [question, live, shadow] = QUESTIONS[n % QUESTIONS.length]!;
    const atMs = nowMs - n * 20_000;
    const whose = { exchangeId: `01JD${String(n).padStart(4, '0')}QZ7M3XV5T8W2RB`, agent: 'support', rollout };
    const slices = { category: ['simple', 'multiple', 'irrelevance'][n % 3]! };
    const times = { startedAtMs: atMs - 900, finishedAtMs: atMs, latencyMs: 700 + 13 * n };
    const failed = n % 11 === 5 ? ({ outcome: 'upstream_error', status: 502 } as const) : {};
    take(
      writer.folds.exchange,
      exchangeOf({ ...whose, ...times, ...failed, slices, requestBody: chat(question), responseBody: answer(live) }),
    );
    const shadowId = `shadow-${n}`;
    take(writer.folds.shadow, {
      shadowId,
      kind: 'shadow',
      version: 'v2',
      arm: 'candidate',
      status: 200,
      outcome: 'ok',
      latencyMs: 400,
      firstByteMs: 40,
      responseBody: answer(shadow),
      promptTokens: 40,
      completionTokens: 6,
      costUsd: 0.0002,
      rounds: 1,
      differences: n % 3 === 1 ? ['tool_calls[0].name', 'tool_calls[0].arguments.order_id'] : [],
      similarity: 0.4,
      replayedAtMs: atMs + 500,
      exchange: { ...whose, slices, path: '/v1/chat/completions', answerPath: '' },
    });
    const sheet = { ...whose, slices, scoredAtMs: atMs + 900, exchangeAtMs: atMs };
    take(
      writer.folds.sheet,
      sheetWith({ ...sheet, sheetId: `live-${n}`, value: 0.91, reason: 'kind words: sorry, understand' }),
    );
    const [value, liveValue] = [0.23 + (n % 5) / 100, 0.91];
    const pair = {
      shadowId,
      kind: 'shadow',
      version: 'v2',
      arm: 'candidate',
      value,
      liveValue,
      delta: value - liveValue,
    } as const;
    take(writer.folds.sheet, sheetWith({ ...sheet, ...pair, sheetId: `pair-${n}`, reason: 'curt' }));
  }
  for (let n = 0; n < 30; n += 1) {
    const startMs = nowMs - (30 - n) * 60_000;
    const said = (metric: string, count: number, share: number, kind: 'live' | 'shadow' = 'live') =>
      windowRow(metric, 'stable', {
        version: 'v1',
        rollout,
        kind,
        count,
        sumMicro: Math.round(share * count) * 1e6,
        startMs,
        endMs: startMs + 60_000,
        sourceTopic: 'coalmine.scores',
      });
    take(writer.folds.window, said('judged', 300, n < 15 ? 1 : 0.7));
    take(writer.folds.window, said('judged', 60, 1, 'shadow'));
    take(writer.folds.window, said('judged_by_models', 100, n < 12 ? 1 : 0.4));
  }
  take(writer.folds.feedback, {
    feedbackId: 'f-1',
    exchangeId: '01JD0003QZ7M3XV5T8W2RB',
    agent: 'support',
    rollout,
    routingSequence: 3,
    version: 'v1',
    arm: 'stable',
    evidence: true,
    subjectBucket: 1,
    thumbs: 'down',
    rating: null,
    taskSuccess: null,
    tags: [],
    comment: `that was rude ${HOSTILE.image}`,
    labels: [],
    events: [],
    scores: [],
    exchangeAtMs: nowMs,
    receivedAtMs: nowMs,
  });
  const readOnly = openToRead(file);
  const reader = createStoreReader(readOnly);
  const ask: AskStore = async (call, asked) =>
    (reader[call] as (given: typeof asked) => ReturnType<StoreReader[typeof call]>)(asked);
  return {
    ask,
    close: () => {
      readOnly.close();
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
};
