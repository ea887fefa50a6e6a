import { expect, it, onTestFinished, vi } from 'vitest';
import { type Clock, systemClock } from '../platform/process/clock.ts';
import { createMemoryBus } from '../platform/kafka/memory-bus.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { ScoreSheet, ScoreSheetRecord } from '../schemas/score.ts';
import { EXCHANGES, SCORES, SHADOWS } from '../schemas/topics.ts';
import { exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import { createToolCallCheck } from './answers/tool-schema.ts';
import { createJudgeEvents } from './events.ts';
import type { ModelScoring } from './models/model-scoring.ts';
import { startJudge } from './service.ts';
import { placeOf } from './share/place.ts';

const EXCHANGES_FED = 120;
const exchanges = Array.from({ length: EXCHANGES_FED }, (_, i) => exchangeOf({ exchangeId: `x-${i}` }));
const shadows = exchanges.map((exchange, i) => shadowOf({ shadowId: `sh-${i}`, exchange }));

/** A second passes whenever it is looked at, so that every answer is one more step of the judge's share. */
const hastyClock = (): Clock => {
  let nowMs = 10_000_000_000_000;
  return { nowMs: () => (nowMs += 1_000), sleep: systemClock.sleep };
};

const playJudge = async (models: ModelScoring | null = null) => {
  const bus = createMemoryBus({ seed: 1 });
  onTestFinished(() => bus.close(0));
  const metrics = createMetrics('judge');
  const judge = await startJudge(
    {
      bus,
      clock: hastyClock(),
      log: silentLog,
      events: createJudgeEvents(silentLog, metrics),
      check: createToolCallCheck(),
      references: new Map(),
      models,
      rubrics: [],
      busyShare: () => 1,
    },
    { instance: 'judge-1', concurrency: 8, maxLagMs: 15_000 },
  );
  const stamp = <E>(event: E, sequence: number) => ({ source: 'test', sequence, timeMs: 1, event, tick: null });
  const partitionOf = (id: string): number => bus.partitionFor(id, EXCHANGES.partitions);
  for (const [i, exchange] of exchanges.entries())
    await bus.append(EXCHANGES, partitionOf(exchange.exchangeId), [stamp(exchange, i + 1)]);
  for (const [i, shadow] of shadows.entries())
    await bus.append(SHADOWS, partitionOf(shadow.exchange.exchangeId), [stamp(shadow, i + 1)]);
  const read = async (): Promise<ScoreSheetRecord[]> => {
    const found: ScoreSheetRecord[] = [];
    for (let p = 0; p < SCORES.partitions; p++) await bus.readToEnd(SCORES, p, 0, ({ value }) => found.push(value));
    return found;
  };
  const byRules = (records: readonly ScoreSheetRecord[]): ScoreSheet[] =>
    records.flatMap(({ event }) => (event?.finder === 'rules' ? [event] : []));
  await vi.waitFor(async () => expect(byRules(await read())).toHaveLength(2 * EXCHANGES_FED), {
    timeout: 10_000,
    interval: 10,
  });
  await judge.stop();
  const records = await read();
  return { sheets: byRules(records), records, text: await metrics.text() };
};

it('a judge that is behind says of every answer whether it scored it, by the place of its exchange alone', async () => {
  const { sheets, records, text } = await playJudge();
  const leftOut = sheets.filter((sheet) => sheet.leftOut);
  expect(leftOut.length).toBeGreaterThan(EXCHANGES_FED);
  for (const sheet of sheets) {
    expect(sheet.leftOut).toBe(placeOf(sheet.exchangeId) >= sheet.share);
    expect(sheet.scores.length > 0).toBe(!sheet.leftOut);
    expect(sheet).toMatchObject({ modelShare: null, modelsLeftOut: false });
  }
  expect(new Set(sheets.map(({ sheetId }) => sheetId)).size).toBe(2 * EXCHANGES_FED);
  const told = records.flatMap(({ tick }) => (tick?.share ? [tick.share] : []));
  expect(told.at(-1)).toMatchObject({ rules: 0.01, models: null, reason: expect.stringMatching(/^\d+\.\d s behind$/) });
  expect(text).toContain(`coalmine_judge_left_out_total{of="rules",kind="live"}`);
});

it('a judge that is behind asks its models nothing before its rules leave anything out', async () => {
  const asked: string[] = [];
  const models: ModelScoring = {
    asks: ({ shadow }) => shadow === null,
    scores: ({ exchange }) => {
      asked.push(exchange.exchangeId);
      return [];
    },
    shed: () => 0,
    waitMs: () => 0,
    maxWaiting: 8,
  };
  const { sheets } = await playJudge(models);
  const live = sheets.filter(({ kind }) => kind === 'live');
  for (const { share, modelShare } of live) if (share < 1) expect(modelShare).toBe(0);
  for (const { modelShare } of sheets.filter(({ kind }) => kind !== 'live')) expect(modelShare).toBeNull();
  const put = live.filter(({ modelsLeftOut }) => !modelsLeftOut).map(({ exchangeId }) => exchangeId);
  expect(asked.toSorted()).toEqual(put.toSorted());
  expect(put.length).toBeLessThan(EXCHANGES_FED / 2);
});
