import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus, type MemoryBus } from '../../platform/kafka/memory-bus.ts';
import { takesAlerts } from '../test/alerting.fixture.ts';
import {
  allAlerts,
  everythingTo,
  fastClock,
  HOOK,
  receiver,
  regressionOf,
  startAlertsOn,
  until,
} from '../test/alerts.fixture.ts';
import type { Alerts } from './alerts.ts';

const AGENTS = ['a', 'b', 'c', 'd', 'e'];
const FAILS = { ok: false, reason: 'the receiver answered 503', isOurs: false, retryAfterMs: null } as const;

const started: Alerts[] = [];
let bus: MemoryBus;
afterEach(async () => {
  await Promise.all(started.splice(0).map((alerts) => alerts.stop()));
  await bus.close(100);
});
const start = async (...args: Parameters<typeof startAlertsOn>): Promise<Alerts> => {
  const alerts = await startAlertsOn(...args);
  started.push(alerts);
  return alerts;
};
const sends = (send: ReturnType<typeof receiver>['send']) => takesAlerts({ send, secretOf: () => 'secret' });

describe('a storm of 1,000 facts of five keys', () => {
  it('is five open alerts, in few messages to a receiver that fails at first, none lost and none told twice', async () => {
    bus = createMemoryBus({ seed: 3 });
    const clock = fastClock();
    const hook = receiver(FAILS, FAILS, { ok: true });
    const deps = { alerting: sends(hook.send), applied: [everythingTo(HOOK)] };
    const [one, two] = [await start(bus, clock, deps), await start(bus, clock, deps)];
    const severities = ['warning', 'critical'] as const;
    for (let i = 0; i < 100; i++)
      await Promise.all(
        Array.from({ length: 10 }, (_, j) =>
          [one, two][j % 2]!.raise(
            regressionOf(AGENTS[j % 5]!, { severity: severities[i % 2]!, summary: `fact ${i}`, n: i }),
          ),
        ),
      );
    await until(() => hook.told().length >= 5);
    for (const alerts of [one, two]) {
      expect(allAlerts(alerts).filter(({ state }) => state === 'open')).toHaveLength(5);
      expect(allAlerts(alerts)).toHaveLength(5);
    }
    expect(
      hook
        .told()
        .map(({ key, occasion }) => `${occasion} ${key}`)
        .sort(),
    ).toEqual(AGENTS.map((agent) => `opened regression|${agent}`));
    expect(hook.taken.length).toBeLessThan(10);

    await Promise.all(AGENTS.map((agent) => two.settle(`regression|${agent}`)));
    await until(() => hook.told().length >= 10);
    expect(hook.told().filter(({ occasion }) => occasion === 'recovered')).toHaveLength(5);
    expect(new Set(hook.told().map(({ id }) => id)).size).toBe(10);
    expect(allAlerts(one).map(({ state }) => state)).toEqual(AGENTS.map(() => 'recovered'));
  });
});

describe('alerts', () => {
  it('are told by one of two controllers, and by the other one after it has gone', async () => {
    bus = createMemoryBus();
    const clock = fastClock();
    const [first, second] = [receiver(), receiver()];
    const applied = [everythingTo(HOOK)];
    const one = await start(bus, clock, { alerting: sends(first.send), applied });
    const two = await start(bus, clock, { alerting: sends(second.send), applied });
    await two.raise(regressionOf('a'));
    await until(() => first.told().length === 1);
    await started.shift()!.stop();
    await two.raise(regressionOf('b'));
    await until(() => second.told().length === 1);
    await two.settle('regression|a');
    await until(() => second.told().length === 2);
    expect(first.told().map(({ key }) => key)).toEqual(['regression|a']);
    expect(second.told().map(({ occasion, key }) => `${occasion} ${key}`)).toEqual([
      'opened regression|b',
      'recovered regression|a',
    ]);
    expect(allAlerts(two)).toHaveLength(2);
    expect(one.isRead()).toBe(true);
  });

  it('that open again after they were over are told again, and a receiver that heard of neither hears of the last alone', async () => {
    bus = createMemoryBus();
    const hook = receiver();
    const alerts = await start(bus, fastClock(), { alerting: sends(hook.send), applied: [everythingTo(HOOK)] });
    await alerts.raise(regressionOf('a'));
    await until(() => hook.told().length === 1);
    await alerts.settle('regression|a');
    await until(() => hook.told().length === 2);
    await alerts.raise(regressionOf('a'));
    await until(() => hook.told().length === 3);
    expect(hook.told().map(({ occasion }) => occasion)).toEqual(['opened', 'recovered', 'opened']);
  });

  it('are told again after a while, until somebody acknowledges them, which is told as well', async () => {
    bus = createMemoryBus();
    const clock = fastClock();
    const hook = receiver();
    const applied = [everythingTo(HOOK, { repeatEvery: '10m' })];
    const alerts = await start(bus, clock, { alerting: sends(hook.send), applied });
    await alerts.raise(regressionOf('a'));
    await until(() => hook.told().length === 1);
    clock.pass(600_000);
    await until(() => hook.told().length === 2);
    await alerts.acknowledge(alerts.find('regression|a')!, 'ann (key_1)', AbortSignal.timeout(5_000));
    await until(() => hook.told().length === 3);
    clock.pass(6_000_000);
    await alerts.settle('regression|a');
    await until(() => hook.told().length === 4);
    expect(hook.told().map(({ occasion }) => occasion)).toEqual(['opened', 'reminder', 'acknowledged', 'recovered']);
    expect(allAlerts(alerts)[0]!.acknowledged).toMatchObject({ by: 'ann (key_1)' });
  });

  it('that are open are tried for as long as they are, with the error shown', async () => {
    bus = createMemoryBus();
    const clock = fastClock();
    const hook = receiver(FAILS);
    const alerts = await start(bus, clock, { alerting: sends(hook.send), applied: [everythingTo(HOOK)] });
    await alerts.raise(regressionOf('a'));
    for (let attempt = 1; attempt < 20; attempt++) {
      await until(() => (allAlerts(alerts)[0]?.deliveries[0]?.attempts ?? 0) >= attempt);
      clock.pass(900_000);
    }
    expect(allAlerts(alerts)[0]!.deliveries).toMatchObject([
      { receiver: 'team/all', told: 'nothing', state: 'failing', error: 'the receiver answered 503' },
    ]);
    const keys = hook.taken.map(({ outgoing }) => outgoing.kind === 'http' && outgoing.headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  });

  it('are not sent to what the operator does not allow by then, nor without its secret', async () => {
    bus = createMemoryBus();
    const hook = receiver();
    const alerting = takesAlerts({ send: hook.send, secretOf: (name) => (name === 'hook' ? 'secret' : undefined) });
    const other = { ...HOOK, secret: 'gone' };
    const alerts = await start(bus, fastClock(), { alerting, origins: [], applied: [everythingTo(HOOK)] });
    await alerts.raise(regressionOf('a'));
    await until(() => allAlerts(alerts)[0]?.deliveries[0]?.error != null);
    expect(allAlerts(alerts)[0]!.deliveries[0]!.error).toContain('it allows none');
    await started.shift()!.stop();
    const again = await start(bus, fastClock(Date.parse('2026-03-03T00:00:00Z')), {
      alerting,
      applied: [everythingTo(other)],
    });
    await until(() => allAlerts(again)[0]?.deliveries[0]?.error?.includes('no secret gone') === true);
    expect(hook.taken).toEqual([]);
  });

  it('of a test go to each receiver of the document, whatever its routes', async () => {
    bus = createMemoryBus();
    const hook = receiver();
    const applied = [everythingTo(HOOK, { routes: [] })];
    const alerts = await start(bus, fastClock(), { alerting: sends(hook.send), applied });
    const signal = AbortSignal.timeout(5_000);
    expect(await alerts.test('nobody', 'ann', signal)).toBeNull();
    const tested = await alerts.test('team', 'ann', signal);
    await until(() => hook.told().length === 1);
    expect(hook.told()).toMatchObject([{ key: tested!.key, occasion: 'happened' }]);
    expect(tested!.receivers).toEqual(['team/all']);
  });
});
