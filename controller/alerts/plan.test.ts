import { describe, expect, it } from 'vitest';
import type { Alert, AlertRecord } from '../../schemas/alert.ts';
import { alertingOf, everythingTo, HOOK, regressionOf, T0 } from '../test/alerts.fixture.ts';
import { createAlertLog } from './alert-log.ts';
import { type Applied, receiversOf, targetsOf } from './alerting.ts';
import { factOf } from './alert-kind.ts';
import { planAlerts } from './plan-alerts.ts';
import { GROUPED_FOR_MS, nextBatch, settledWith, waitMs } from './plan-deliveries.ts';

const alertingsOf = (...applied: Applied[]) => new Map(applied.map((one) => [one.document.metadata.name, one]));
const NOBODY = alertingsOf(alertingOf({ receivers: [], routes: [] }));
const holdOf = (sinceMs: number) =>
  factOf({ key: 'hold|r#1', event: 'hold', severity: 'warning', agent: 'support', sinceMs, summary: 'no data' });

const record = (over: Partial<AlertRecord>): AlertRecord => ({
  id: Math.random().toString(),
  by: 'one',
  timeMs: T0,
  alert: null,
  raised: null,
  acknowledgement: null,
  leader: null,
  ...over,
});
const leads = (by: string, sinceMs = T0) => record({ by, leader: { sinceMs } });
const alertOf = (agent: string, over: Partial<Alert> = {}): Alert => ({
  fact: regressionOf(agent),
  state: 'open',
  openedAtMs: T0,
  endedAtMs: null,
  writtenAtMs: T0,
  acknowledged: null,
  deliveries: [],
  ...over,
});

describe('the log of alerts', () => {
  it('takes alerts of the latest leader alone, and says what to write again over those of another', () => {
    const log = createAlertLog();
    const first = alertOf('a');
    log.take(leads('one'));
    expect(log.take(record({ by: 'one', alert: first }))).toEqual({ kind: 'taken' });
    log.take(leads('two', T0 + 9));
    expect(log.take(record({ by: 'one', alert: alertOf('a', { state: 'recovered' }) }))).toEqual({
      kind: 'foreign',
      repeat: first,
    });
    expect(log.take(record({ by: 'one', alert: alertOf('b') }))).toEqual({ kind: 'foreign', repeat: null });
    expect([...log.alerts.values()]).toEqual([first]);
    expect(log.leader).toEqual({ by: 'two', sinceMs: T0 });
  });

  it('takes an acknowledgement for the time that the alert is open, in whatever order they come', () => {
    const said = record({ acknowledgement: { key: 'regression|a', openedAtMs: T0, by: 'ann' } });
    for (const records of [
      [said, record({ alert: alertOf('a') })],
      [record({ alert: alertOf('a') }), said],
    ]) {
      const log = createAlertLog();
      for (const one of records) log.take(one);
      expect(log.alerts.get('regression|a')!.acknowledged).toEqual({ by: 'ann', atMs: T0 });
      log.take(record({ alert: alertOf('a', { openedAtMs: T0 + 5 }) }));
      expect(log.alerts.get('regression|a')!.acknowledged).toBeNull();
    }
  });
});

describe('the plan of alerts', () => {
  const empty = { alerts: new Map<string, Alert>(), raised: new Map(), leader: { by: 'one', sinceMs: T0 } };
  const plan = (nowMs: number, fact: ReturnType<typeof holdOf> | null, alerts = empty.alerts, applied = NOBODY) =>
    planAlerts(
      { ...empty, alerts },
      { nowMs, happened: [], standing: new Map([['hold', fact === null ? [] : [fact]]]) },
      applied,
    );

  it('opens a hold once it lasts longer than the least that a document says, and half an hour without one', () => {
    const applied = alertingsOf(alertingOf({ receivers: [], routes: [], holdLongerThan: '10m' }));
    expect(plan(T0 + 599_999, holdOf(T0), undefined, applied)).toEqual([]);
    expect(plan(T0 + 600_000, holdOf(T0), undefined, applied)).toMatchObject([{ state: 'open' }]);
    expect(plan(T0 + 1_799_999, holdOf(T0), undefined, new Map())).toEqual([]);
    expect(plan(T0 + 1_800_000, holdOf(T0), undefined, new Map())).toHaveLength(1);
  });

  it('ends what stands no more, and leaves what nobody can tell as it is', () => {
    const open = new Map([['hold|r#1', alertOf('support', { fact: holdOf(T0) })]]);
    expect(plan(T0 + 9, null, open)).toMatchObject([{ state: 'recovered', endedAtMs: T0 + 9 }]);
    const unknown = { nowMs: T0 + 9, happened: [], standing: new Map([['hold', null]] as const) };
    expect(planAlerts({ ...empty, alerts: open }, unknown, NOBODY)).toEqual([]);
  });

  it('tells what happened once, and not what was before there were alerts, or is older than a week', () => {
    const week = 7 * 86_400_000;
    const at = (sinceMs: number, nowMs: number) =>
      planAlerts(
        empty,
        { nowMs, happened: [{ ...holdOf(sinceMs), key: 'abort|support#3', event: 'abort' }], standing: new Map() },
        NOBODY,
      );
    expect(at(T0 + 1, T0 + 2)).toMatchObject([{ state: 'happened' }]);
    expect(at(T0 - 1, T0 + 2)).toEqual([]);
    expect(at(T0 + 1, T0 + week + 2)).toEqual([]);
  });

  it('tells a receiver nothing of an alert that opens again before its end was told', () => {
    const delivery = { ...told('team/all', 'opened'), attempts: 3 };
    const ended = alertOf('support', {
      fact: holdOf(T0),
      state: 'recovered',
      endedAtMs: T0 + 5,
      deliveries: [delivery],
    });
    const [again] = plan(T0 + 7_200_000, holdOf(T0), new Map([['hold|r#1', ended]]), alertingsOf(everythingTo(HOOK)));
    expect(again).toMatchObject({ state: 'open', deliveries: [{ told: 'opened', attempts: 0 }] });
    expect(
      nextBatch({ alerts: new Map([['hold|r#1', again!]]) }, hook(), { nowMs: T0 + 7_200_001, lastMs: 0 }),
    ).toBeNull();
  });
});

const told = (receiver: string, state: 'nothing' | 'opened' = 'nothing') => ({
  receiver,
  told: state,
  toldAtMs: state === 'nothing' ? null : T0 + 7_200_000,
  reminders: 0,
  attempts: 0,
  notBeforeMs: 0,
  batch: null,
  error: null,
  claimedUntilMs: null,
});
const hook = (over: object = {}) => receiversOf(alertingsOf(everythingTo({ ...HOOK, ...over }))).get('team/all')!;

describe('the routes', () => {
  const receivers = ['a', 'b', 'c'].map((name) => ({ ...HOOK, name }));
  const to = (routes: object[], fact = regressionOf('support')) =>
    targetsOf({ fact }, alertingsOf(alertingOf({ receivers, routes })), T0).map((id) => id.slice(5));

  it('end with the first that matches, or go on with `continue`', () => {
    expect(to([{ receiver: 'a' }, { receiver: 'b' }])).toEqual(['a']);
    expect(to([{ receiver: 'a', continue: true }, { receiver: 'b' }, { receiver: 'c' }])).toEqual(['a', 'b']);
  });

  it('match by agent, severity and event, and what is of no agent only without agents', () => {
    const route = (match: object) => [{ match, receiver: 'a' }];
    expect(to(route({ agents: ['other'] }))).toEqual([]);
    expect(to(route({ severities: ['info', 'warning'] }))).toEqual([]);
    expect(to(route({ events: ['rollback'] }))).toEqual([]);
    expect(to(route({ agents: ['support'], severities: ['critical'], events: ['regression'] }))).toEqual(['a']);
    const ofNobody = regressionOf('', { agent: null });
    expect(to(route({ agents: ['support'] }), ofNobody)).toEqual([]);
    expect(to(route({}), ofNobody)).toEqual(['a']);
  });

  it('of several documents all count', () => {
    const one = alertingOf({ receivers, routes: [{ receiver: 'a' }] }, 'one');
    const two = alertingOf({ receivers, routes: [{ receiver: 'a' }] }, 'two');
    expect(targetsOf({ fact: regressionOf('support') }, alertingsOf(one, two), T0)).toEqual(['one/a', 'two/a']);
  });
});

describe('messages', () => {
  const many = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, i) => [
        `${i}`,
        alertOf(`${i}`, { openedAtMs: T0 + i, deliveries: [told('team/all')] }),
      ]),
    );

  it('hold twenty alerts at most, and come five seconds apart; PagerDuty gets each by itself', () => {
    const at = { nowMs: T0 + 60_000, lastMs: T0 + 60_000 };
    expect(nextBatch({ alerts: many(30) }, hook(), at)).toBeNull();
    const later = { nowMs: T0 + 60_000 + GROUPED_FOR_MS, lastMs: T0 + 60_000 };
    expect(nextBatch({ alerts: many(30) }, hook(), later)!.items).toHaveLength(20);
    const pager = receiversOf(alertingsOf(everythingTo({ type: 'pagerduty', secret: 'p' }))).get('team/all')!;
    expect(nextBatch({ alerts: many(30) }, pager, at)!.items).toHaveLength(1);
  });

  it('wait longer after each failure, up to fifteen minutes, and as long as the receiver asks', () => {
    const failed = { ok: false, reason: '', isOurs: false, retryAfterMs: null } as const;
    expect([1, 2, 3, 4, 20].map((attempt) => waitMs(attempt, failed, 1) / 1_000)).toEqual([5, 10, 20, 40, 900]);
    expect(waitMs(1, { ...failed, retryAfterMs: 120_000 }, 1)).toBe(120_000);
    expect(waitMs(1, { ...failed, retryAfterMs: 86_400_000 }, 1)).toBe(3_600_000);
    expect(waitMs(1, { ...failed, isOurs: true }, 0)).toBe(720_000);
  });

  it('that said that it is over, of an alert that has opened again meanwhile, leave that to be told', () => {
    const before = alertOf('a', { state: 'recovered', deliveries: [told('team/all', 'opened')] });
    const item = { alert: before, delivery: before.deliveries[0]!, occasion: 'recovered' } as const;
    const now = alertOf('a', { openedAtMs: T0 + 9, deliveries: [told('team/all', 'opened')] });
    const at = { nowMs: T0 + 10, chance: 0 };
    expect(settledWith(now, item, { ok: true }, at).deliveries[0]!.told).toBe('nothing');
    expect(settledWith(before, item, { ok: true }, at).deliveries[0]!.told).toBe('ended');
  });
});
