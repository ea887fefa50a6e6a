import { describe, expect, it } from 'vitest';
import { play, rolloutDocument, SHADOW, T0, worldOf } from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const world = (candidate: object, more: Partial<World>): World =>
  worldOf(100, candidate, { share: () => ({ rules: 1, lagMs: 0 }), ...more });
type Played = ReturnType<typeof play>;
const path = ({ decisions }: Played): string[] => decisions.slice(1).map((d) => `${d.type}:${d.stage}`);
const secondsOf = ({ decisions }: Played): number[] => decisions.slice(2).map(({ timeMs }) => (timeMs - T0) / 1_000);
const PASSED = ['start:0', 'advance:1', 'advance:2', 'advance:3', 'promote:3'];
/** No metrics are named, so the built-in ones are watched. */
const canary = rolloutDocument({});
const whole = rolloutDocument({ shadow: SHADOW });

describe('a rollout that names no metrics, of an agent whose answers nobody can read', () => {
  const unread = { isUnread: true };

  it('promotes a good candidate, through shadow and canary, and is never held', () => {
    const played = play(whole, world({}, unread), 1);
    expect(path(played)).toEqual(['start:-1', 'advance:0', ...PASSED.slice(1)]);
    expect(secondsOf(played)).toEqual([10, 20, 30, 40, 50]);
  });

  it.each([
    ['in shadow one that fails more', whole, { error: 0.3 }, 'error_rate', -1],
    ['in canary one that fails more', canary, { error: 0.3 }, 'error_rate', null],
    ['in canary one that is slow', whole, { latency: 1 }, 'latency', null],
  ] as const)('rolls back %s', (_, document, candidate, metric, stage) => {
    const last = play(document, world(candidate, unread), 2).decisions.at(-1)!;
    expect(last).toMatchObject({ type: 'rollback', metric, bounded: true });
    if (stage === null) expect(last.stage).toBeGreaterThanOrEqual(0);
    else expect(last.stage).toBe(stage);
  });

  it('promotes on proof, too, by what can be seen of it', () => {
    const played = play(rolloutDocument({ promotion: 'prove' }), world({}, { ...unread, requestsPerWindow: 400 }), 3);
    expect(played.decisions.at(-1)).toMatchObject({ type: 'promote' });
  });

  it('is held where the judge fails at answers that it should read, as ever', () => {
    const lost = { ...unread, unscored: { stable: 0, candidate: 0.3 } };
    expect(path(play(canary, world({}, lost), 4, { windows: 40 }))).toEqual(['start:0', 'hold:0']);
  });
});

describe('a rollout that names no metrics, of an agent whose text is pointed to', () => {
  it.each([
    ['in shadow', whole],
    ['in canary', canary],
  ])('rolls back one that is less kind, %s', (_, document) => {
    const last = play(document, world({ empathy: 0.3 }, {}), 5).decisions.at(-1)!;
    expect(last).toMatchObject({ type: 'rollback', metric: 'empathy', bounded: true });
  });
});

describe('a rollout of an agent whose bodies are not kept', () => {
  const none = { kept: { stable: 0, candidate: 0 } };

  it('promotes a good candidate as soon as one whose bodies are', () => {
    const [without, withAll] = [play(canary, world({}, none), 6), play(canary, world({}, {}), 6)];
    expect([path(without), path(withAll)]).toEqual([PASSED, PASSED]);
    expect(secondsOf(without)).toEqual(secondsOf(withAll));
  });

  it.each([
    ['fails more', { error: 0.3 }, 'error_rate'],
    ['is slow', { latency: 1 }, 'latency'],
  ])('rolls back one that %s', (_, candidate, metric) => {
    const played = play(canary, world(candidate, none), 7);
    expect(played.decisions.at(-1)).toMatchObject({ type: 'rollback', metric });
  });

  it('is held, and told why, where it names a metric of the text', () => {
    const played = play(rolloutDocument({ metrics: [{ name: 'empathy' }] }), world({}, none), 8, { windows: 40 });
    expect(path(played)).toEqual(['start:0', 'hold:0']);
    expect(played.decisions[2]!.reason).toBe(
      'no data: nothing was scored for empathy yet, for the capture policy of the agent keeps no bodies',
    );
  });

  it('is held in shadow, where nothing can be replayed, and told why', () => {
    const played = play(whole, world({}, none), 9, { windows: 40 });
    expect(path(played)).toEqual(['start:-1', 'hold:-1']);
    expect(played.decisions[2]!.reason).toMatch(
      /^no data: no shadow .*, for the capture policy of the agent keeps no bodies to replay; keep a sample of them, or set skipShadow$/,
    );
  });
});

describe('a rollout of an agent of whose bodies a sample is kept', () => {
  const sample = (pct: number) => ({ kept: { stable: pct / 100, candidate: pct / 100 } });
  const named = (more: object = {}) =>
    rolloutDocument({ metrics: [{ name: 'empathy' }], stages: [{ weightPct: 50, duration: '20s' }], ...more });

  it('waits for no more requests than one whose bodies are all kept', () => {
    const [some, all] = [play(whole, world({}, sample(20)), 10), play(whole, world({}, {}), 10)];
    expect(path(some)).toEqual(path(all));
    expect(secondsOf(some)).toEqual(secondsOf(all));
  });

  it('rolls back what is worse in the sample', () => {
    const played = play(named(), world({ empathy: 0.3 }, sample(20)), 11);
    expect(played.decisions.at(-1)).toMatchObject({ type: 'rollback', metric: 'empathy' });
  });

  it('may keep another share of each arm', () => {
    const uneven = { kept: { stable: 1, candidate: 0.1 } };
    expect(path(play(named(), world({}, uneven), 12))).toEqual(['start:0', 'promote:0']);
    const none = { kept: { stable: 1, candidate: 0 } };
    expect(path(play(canary, world({}, none), 12))).toEqual(PASSED);
  });

  it('is held against the sample alone: one score in ten that fails is much, though few of all answers', () => {
    const failing = { ...sample(10), unscored: { stable: 0, candidate: 0.1 } };
    const played = play(named({ deadline: '60s' }), world({}, failing), 13);
    expect(path(played)).toEqual(['start:0', 'hold:0', 'inconclusive:0']);
    expect(played.decisions[2]!.reason).toMatch(/^the judge lags or fails: scores of empathy cover (8|9)\d(\.\d)? %/);
  });

  it('is held where the judge has not spoken of answers', () => {
    const lost = { ...sample(30), unspoken: { stable: 0, candidate: 0.4 } };
    const stages = [{ weightPct: 50, duration: '30s' }];
    const played = play(named({ stages }), world({}, lost), 14, { windows: 40 });
    expect(path(played)).toEqual(['start:0', 'hold:0']);
  });

  it('asks models for their share of the sample, and for no more', () => {
    const judge = { name: 'llm:m@1', candidatePct: 50, stablePct: 50 };
    const plan = { judging: { candidatePct: 50, stablePct: 50 } };
    expect(path(play(named(plan), world({}, { ...sample(40), judge }), 15))).toEqual(['start:0', 'promote:0']);
  });
});
