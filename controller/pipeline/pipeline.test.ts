import { describe, expect, it } from 'vitest';

import { GROUPS } from '../../schemas/topics.ts';
import { lagOf, letterOf, world } from './pipeline.fixture.ts';

describe('the lag', () => {
  it('is told of each topic and of each partition, in records and time, with its trend since minutes ago', async () => {
    const { state, pipeline } = world();
    const ask = async (isByPartition: boolean) => {
      const answer = await pipeline.lag({ isByPartition });
      return 'ok' in answer ? answer.ok.lag : [];
    };
    expect(await ask(false)).toMatchObject([{ partition: null, behind: 60, waitedMs: 10_000, trendPerSecond: null }]);
    state.nowMs += 60_000;
    state.lags = [lagOf(0, 90, 220), lagOf(1, 110, 100)];
    expect(await ask(true)).toMatchObject([
      { partition: 0, behind: 130, trendPerSecond: 2 },
      { partition: 1, behind: 0 },
    ]);
  });

  it('is not told while Kafka is away, and why', async () => {
    const { state, pipeline } = world();
    state.isAway = true;
    expect(await pipeline.lag({ isByPartition: true })).toMatchObject({
      refusal: { kind: 'unavailable', message: 'Kafka: Error: nobody answers' },
    });
  });
});

describe('a reset', () => {
  const wish = { group: GROUPS.judge, to: 'earliest', dryRun: true };

  it('only says what it would come to, unless it is meant', async () => {
    const { state, pipeline } = world();
    expect(await pipeline.reset(wish)).toMatchObject({
      ok: {
        partitions: [
          { partition: 0, to: 0, again: 90 },
          { partition: 1, again: 50 },
        ],
      },
    });
    expect(state.committed).toEqual([]);
    await pipeline.reset({ ...wish, dryRun: false, topic: 'exchanges', partition: 1, to: '2h' });
    expect(state.committed).toEqual([GROUPS.judge, { topic: 'coalmine.exchanges', partition: 1, offset: 42 }]);
  });

  it.each([
    ['a place that is none', { to: 'soon' }, 'invalid'],
    ['a partition that is not read', { partition: 9 }, 'not-found'],
    ['a group that goes by more than offsets', { group: GROUPS.analyzer }, 'conflict'],
  ])('is refused for %s', async (_, more, kind) => {
    expect(await world().pipeline.reset({ ...wish, ...more })).toMatchObject({ refusal: { kind } });
  });

  it('is refused while the group has members', async () => {
    const { pipeline, state } = world({ members: 1 });
    expect(await pipeline.reset({ ...wish, dryRun: false })).toMatchObject({ refusal: { kind: 'conflict' } });
    expect(state.committed).toEqual([]);
  });
});

describe('dead letters', () => {
  const letters = Array.from({ length: 5 }, (_, i) => letterOf(i));

  it('are listed page by page, by group and reason, without what is in them', async () => {
    const { pipeline } = world({ letters: [...letters, letterOf(0, { group: GROUPS.mirror, reason: 'other' })] });
    const first = await pipeline.letters({ limit: 4, after: null });
    if (!('ok' in first)) throw new Error('refused');
    expect(first.ok.deadLetters.map(({ topic, offset }) => `${topic}/${offset}`)).toEqual([
      'coalmine.mirror.dlq/0',
      ...[0, 1, 2].map((offset) => `coalmine.judge.dlq/${offset}`),
    ]);
    const second = await pipeline.letters({ limit: 4, after: first.ok.last });
    expect(second).toMatchObject({ ok: { deadLetters: [{ offset: 3 }, { offset: 4 }], last: null } });
    expect(await pipeline.letters({ limit: 4, after: null, reason: 'OTHER' })).toMatchObject({
      ok: { deadLetters: [{ group: GROUPS.mirror, sizeBytes: 3 }] },
    });
  });

  it('are shown with hostile bytes as they are, bounded, and as JSON whatever is in them', async () => {
    const { pipeline } = world({
      letters: [letterOf(0, { value: Buffer.alloc(1 << 20, 0xff), key: Buffer.from([0xff]) }), letterOf(1)],
    });
    const shown = await pipeline.letter('coalmine.judge.dlq', 0, 0);
    if (!('ok' in shown)) throw new Error('refused');
    expect(shown.ok).toMatchObject({ isCut: true, sizeBytes: 1 << 20, keyText: '\ufffd' });
    expect(Buffer.from(shown.ok.valueBase64, 'base64')).toHaveLength(64 * 1024);
    expect(JSON.parse('valueJson' in shown.ok.decoded ? shown.ok.decoded.valueJson : '')).toEqual({
      text: 'now\u0000 good',
      big: String(2n ** 60n),
    });
    expect(await pipeline.letter('coalmine.judge.dlq', 0, 1)).toMatchObject({
      ok: { decoded: { reason: 'still garbage' } },
    });
    for (const topic of ['coalmine.judge.dlq', 'coalmine.decisions'])
      expect(await pipeline.letter(topic, 0, 99)).toMatchObject({ refusal: { kind: 'not-found' } });
  });

  it('are counted by group, those alone that were not sent back', async () => {
    const { pipeline } = world({
      letters: [letterOf(0), letterOf(2, { origin: null }), letterOf(3, { isReplayed: true })],
    });
    expect(await pipeline.waitingLetters()).toMatchObject({
      ok: expect.arrayContaining([
        { group: GROUPS.judge, waiting: 2 },
        { group: GROUPS.mirror, waiting: 0 },
      ]),
    });
  });

  it('are sent back, all that can be decoded by now or one of them, or only counted', async () => {
    const given = [...letters, letterOf(6, { isReplayed: true }), letterOf(8, { origin: null })];
    const { pipeline, state } = world({ letters: given });
    const wish = { group: GROUPS.judge, at: [], force: false, again: false, dryRun: true };
    const fates = { replayed: 3, 'already replayed': 1, 'still not decodable': 2, 'of unknown origin': 1 };
    expect(await pipeline.replay(wish)).toMatchObject({ ok: { dryRun: true, fates } });
    expect(state.replayed).toEqual([]);
    await pipeline.replay({ ...wish, dryRun: false, at: [{ partition: 0, offset: 2 }] });
    expect(state.replayed).toEqual([2]);
    expect(await pipeline.replay({ ...wish, dryRun: false })).toMatchObject({ ok: { fates, failed: 0 } });
    expect(state.replayed).toEqual([2, 0, 2, 4]);
  });
});
