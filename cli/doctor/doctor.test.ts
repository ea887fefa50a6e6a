import { describe, expect, it } from 'vitest';
import { topicConfig, topicPlans } from '../../infra/create-topics.ts';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { avroOf } from '../../schemas/avro.ts';
import { ALERTS_API, type AlertView } from '../../schemas/alerts-api.ts';
import { MAX_PAGE } from '../../schemas/page.ts';
import { SCORES } from '../../schemas/topics.ts';
import { startStubController } from '../controller/stub-controller.fixture.ts';
import { clockFinding } from './controller.ts';
import { groupFindings } from './groups.ts';
import { gaugeFindings } from './gauges.ts';
import { keyFindings } from './keys.ts';
import { nodeFinding } from './program.ts';
import { receiverFindings, receiversCheck } from './receivers.ts';
import { schemaFindings } from './schemas.ts';
import { sourceFindings } from './sources.ts';
import { topicFindings } from './topics.ts';

const levels = (findings: readonly { level: string }[]): string[] => findings.map(({ level }) => level);
const NOW_MS = 1_000_000_000;

it('Node must be in the range that package.json names', () => {
  const level = (version: string): string => nodeFinding(version, '>=22.18 <23', '1').level;
  expect(['22.18.0', '22.30.1', '22.17.9', '23.0.0', '20.1.0'].map(level)).toEqual([
    'ok',
    'ok',
    'fail',
    'fail',
    'fail',
  ]);
});

describe('a topic', () => {
  const [plan] = topicPlans();
  const state = {
    name: plan!.name,
    partitions: plan!.partitions,
    underReplicated: 0,
    records: 0,
    config: topicConfig(plan!, 1),
  };

  it('that is as it must be, or whose settings may not be read, is no finding', () => {
    expect(topicFindings(plan!, state)).toEqual([]);
    expect(topicFindings(plan!, { ...state, config: null })).toEqual([]);
  });

  it('that is missing, has another count, lacks a copy or keeps records another time is told with what to do', () => {
    expect(levels(topicFindings(plan!, undefined))).toEqual(['fail']);
    const wrong = { ...state, partitions: 3, underReplicated: 1, config: { ...state.config, 'retention.ms': '1' } };
    expect(levels(topicFindings(plan!, wrong))).toEqual(['fail', 'fail', 'warn']);
    for (const { todo } of topicFindings(plan!, wrong)) expect(todo).not.toBe('');
  });
});

it('a schema that the registry lacks fails, and another than ours is told', () => {
  const schema = JSON.stringify(avroOf(SCORES.schema, SCORES.name));
  expect(schemaFindings(SCORES, 200, { schema })).toEqual([]);
  expect(levels(schemaFindings(SCORES, 404, null))).toEqual(['fail']);
  expect(levels(schemaFindings(SCORES, 500, null))).toEqual(['fail']);
  expect(levels(schemaFindings(SCORES, 200, { schema: '"string"' }))).toEqual(['warn']);
});

it('a group without members fails, and one that is late is told by topic', () => {
  const state = { group: 'coalmine-judge', state: 'Stable', members: 1 };
  const row = {
    ...state,
    topic: 'coalmine.exchanges',
    partition: null,
    committed: null,
    end: 9,
    behind: 5,
    waitedMs: 90_000,
  };
  expect(levels(groupFindings({ ...state, members: 0, state: 'Empty' }, [row]))).toEqual(['fail']);
  expect(groupFindings(state, [row])).toMatchObject([{ level: 'warn', what: expect.stringContaining('waits 1m') }]);
  expect(levels(groupFindings(state, [{ ...row, waitedMs: 1_000 }]))).toEqual(['ok']);
});

it('a writer whose clock runs ahead, or that went silent without a word, is named', () => {
  const source = { topic: 'coalmine.scores', source: 'judge-1', timeMs: NOW_MS, isStopped: false };
  expect(levels(sourceFindings([source], NOW_MS))).toEqual(['ok']);
  expect(sourceFindings([{ ...source, timeMs: NOW_MS + 60_000 }], NOW_MS)[0]?.what).toContain('1m ahead');
  expect(sourceFindings([{ ...source, timeMs: NOW_MS - 60_000 }], NOW_MS)[0]?.what).toContain('silent for 1m');
  expect(levels(sourceFindings([{ ...source, timeMs: 0, isStopped: true }], NOW_MS))).toEqual(['warn']);
});

it('a clock is told from ours where it is apart by more than can be told', () => {
  expect(clockFinding('Redis', NOW_MS + 2_000, NOW_MS).level).toBe('ok');
  expect(clockFinding('Redis', NOW_MS - 60_000, NOW_MS).what).toBe('Redis is 60 s behind this machine');
});

it('keys that are gone, that end soon or that nobody can read are told, above all ours', () => {
  const admin = keyOf('a', { roles: ['admin'], expiresAtMs: null, revokedAtMs: null });
  const look = (keys: (typeof admin)[], ours: string | null, unreadable: { sha256: string; reason: string }[] = []) =>
    levels(keyFindings({ revision: 1, keys, unreadable }, ours, NOW_MS));
  expect(look([admin], admin.sha256)).toEqual(['ok']);
  expect(look([admin], 'b'.repeat(64))).toEqual(['ok', 'fail']);
  expect(look([{ ...admin, revokedAtMs: 1 }], admin.sha256)).toEqual(['ok', 'fail', 'warn']);
  expect(look([{ ...admin, expiresAtMs: NOW_MS + 1_000 }], null)).toEqual(['ok', 'warn']);
  expect(look([admin], null, [{ sha256: 'c', reason: 'it is not JSON' }])).toEqual(['ok', 'fail']);
});

describe('a receiver of alerts', () => {
  const delivery = {
    receiver: 'team/chat',
    told: 'opened',
    toldAtMs: 1,
    attempts: 0,
    error: null,
    nextAttemptMs: null,
  };
  const failing = { ...delivery, attempts: 3, error: 'the receiver answered 404', nextAttemptMs: NOW_MS + 120_000 };
  const alertWith = (...deliveries: object[]): AlertView =>
    ({ key: 'hold|a', event: 'hold', title: 'On hold: a', state: 'open', deliveries }) as unknown as AlertView;
  const told = alertWith({ ...delivery, state: 'sent' });

  it('that could not be told fails, with why, of how many, and when it is tried again', () => {
    const alerts = [told, ...[1, 2].map(() => alertWith({ ...failing, state: 'failing' }))];
    expect(receiverFindings(alerts, NOW_MS)).toMatchObject([
      {
        level: 'fail',
        what: 'team/chat could not be told of 2 alerts: the receiver answered 404; next attempt in 2m',
        todo: expect.stringContaining('applied anew'),
      },
    ]);
  });

  it('is looked for in all alerts, by pages that the controller gives', async () => {
    const alerts = ALERTS_API.listAlerts.query.parse({ limit: MAX_PAGE });
    expect(alerts.limit).toBe(MAX_PAGE);
    const controller = await startStubController({
      [`GET /v1/alerts?limit=${MAX_PAGE}`]: { alerts: [], open: 0, next: 'x' },
      [`GET /v1/alerts?limit=${MAX_PAGE}&cursor=x`]: { alerts: [], open: 0, next: null },
    });
    expect(levels(await receiversCheck.run(controller.url))).toEqual(['ok']);
    expect(controller.asked).toHaveLength(2);
    controller.close();
  });

  it('that was given up is named; those that were told are well', () => {
    const givenUp = alertWith({ ...failing, state: 'given up' });
    expect(receiverFindings([givenUp], NOW_MS)).toMatchObject([
      { level: 'warn', what: expect.stringContaining('404') },
    ]);
    expect(receiverFindings([told], NOW_MS)).toMatchObject([{ level: 'ok', what: '1 alert; team/chat could be told' }]);
    expect(levels(receiverFindings([], NOW_MS))).toEqual(['ok']);
  });
});

it('a gauge that can not be read, or that nobody posts any more, is told with its agent', () => {
  const gauge = {
    gauge: 'gpu',
    version: '',
    value: 0.5,
    unit: '',
    by: 'ann',
    timeMs: NOW_MS,
    problem: null,
    isStale: false,
  };
  expect(levels(gaugeFindings('support', [gauge], NOW_MS))).toEqual(['ok']);
  expect(gaugeFindings('support', [], NOW_MS)).toEqual([]);
  const problem = 'the query gives 2 series; aggregate them to one';
  const unread = { ...gauge, version: 'v2', value: null, timeMs: null, problem, isStale: true };
  expect(gaugeFindings('support', [unread], NOW_MS)[0]?.what).toBe(`gpu of support@v2 can't be read: ${problem}`);
  const stale = { ...gauge, timeMs: NOW_MS - 600_000, isStale: true };
  expect(gaugeFindings('support', [gauge, stale], NOW_MS)).toMatchObject([
    { level: 'warn', what: 'gpu of support was told last 10m ago' },
  ]);
});
