import canonicalize from 'canonicalize';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus, type MemoryBus } from '../../platform/kafka/memory-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import { PARTIALS, SNAPSHOTS } from '../../schemas/topics.ts';
import { createAnalyzerEvents } from '../events.ts';
import { disturb, sheetLog, stretched } from '../folds/sample-log.fixture.ts';
import { sealSnapshot } from '../folds/snapshot-seal.ts';
import { SCORE_INPUT } from '../rows/inputs.ts';
import { createSnapshots } from '../snapshots.io.ts';
import { OWNED_PARTITION } from './owned-partition.fixture.ts';
import { createFoldTask } from './fold-task.ts';
import { partitionStage } from './partition-stage.ts';
import { restore, type Snapshots } from './restore.ts';

const SIZES = { windowMs: 600_000, graceMs: 0 };
/** Two and a half hours of scores, a tenth of them twice, at every distance: slots end, and go. */
const LOG = disturb(stretched(sheetLog(5, 60, 4), 150), 6).map((value, offset) => ({
  offset,
  timestampMs: value.timeMs,
  key: '',
  value,
}));

let bus: MemoryBus;
beforeEach(() => {
  bus = createMemoryBus();
});
afterEach(() => bus.close(1_000));

/** One owner of the partition: restores it, folds up to an offset, and saves if it is to end in good order. */
const own = async (toOffset: number, snapshots: Snapshots, isEndingWell = true) => {
  const metrics = createMetrics('analyzer');
  const deps = { bus, clock: systemClock, events: createAnalyzerEvents(silentLog, metrics, systemClock), snapshots };
  const stage = partitionStage(bus, SCORE_INPUT, SIZES);
  const live = await restore(deps, stage, 0);
  const from = live.offset();
  const { signal } = new AbortController();
  const task = createFoldTask(deps, stage, Number.MAX_SAFE_INTEGER, OWNED_PARTITION, live, signal);
  await task.take(LOG.slice(from, toOffset));
  if (isEndingWell) await task.finish();
  return { from, state: live.pack(), metrics: await metrics.text() };
};

/** Every distinct partial, in the order of their names; two that differ under one name fail. */
const partialsIn = async (): Promise<[string, string][]> => {
  const rows = new Map<string, string>();
  for (let out = 0; out < PARTIALS.partitions; out++)
    await bus.readToEnd(PARTIALS, out, 0, ({ value }) => {
      const name = `${out}|${value.sequence}|${value.tick?.closedThroughMs ?? ''}`;
      const text = canonicalize(value)!;
      expect(rows.get(name) ?? text).toBe(text);
      rows.set(name, text);
    });
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
};

const savedIn = async (): Promise<{ states: Snapshot[]; pieces: Snapshot[] }> => {
  const records: Snapshot[] = [];
  for (let of = 0; of < SNAPSHOTS.partitions; of++)
    await bus.readToEnd(SNAPSHOTS, of, 0, ({ value }) => records.push(value));
  return {
    states: records.filter(({ piece }) => piece === null),
    pieces: records.filter(({ piece }) => piece !== null),
  };
};

/** The snapshots of the bus, but pieces are found as `change` leaves them; undefined are lost. */
const changed = (change: (record: Snapshot) => Snapshot | undefined): Snapshots => {
  const { save, find } = createSnapshots(bus);
  return {
    save,
    find: async (owner) => {
      const saved = await find(owner);
      const readPieces = (onPiece: (record: Snapshot) => void): Promise<void> =>
        saved.readPieces((record) => {
          const left = change(record);
          if (left) onPiece(left);
        });
      return { ...saved, readPieces };
    },
  };
};

describe('a partition', () => {
  let clean: { state: string; partials: [string, string][] };
  beforeAll(async () => {
    bus = createMemoryBus();
    const { state } = await own(LOG.length, createSnapshots(bus), false);
    clean = { state, partials: await partialsIn() };
    expect(clean.partials.length).toBeGreaterThan(100);
    await bus.close(1_000);
  });
  const expectAsClean = async (state: string): Promise<void> => {
    expect(state).toBe(clean.state);
    expect(await partialsIn()).toEqual(clean.partials);
  };

  it('restored at every point of its log gives the state and the partials of one that never stopped', async () => {
    let last = await own(0, createSnapshots(bus));
    for (let to = 0, life = 0; to < LOG.length; life++) {
      to = Math.min(LOG.length, to + 1 + (life % 23));
      last = await own(to, createSnapshots(bus), life % 3 !== 0);
    }
    await expectAsClean(last.state);
    const { pieces } = await savedIn();
    expect(new Set(pieces.map(({ piece }) => piece!.slot)).size).toBeGreaterThan(12);
  });

  it('saves each id once, however often it is saved', async () => {
    for (let to = 0; to < LOG.length; to += 10) await own(to, createSnapshots(bus));
    const { states, pieces } = await savedIn();
    expect(states.length).toBeGreaterThan(50);
    expect(new Set(pieces.map(({ sha256 }) => sha256)).size).toBe(pieces.length);
    const ids = pieces.flatMap(({ state }) => Buffer.from(state, 'base64').toString('hex').match(/.{16}/g) ?? []);
    expect(ids.length).toBeGreaterThan(200);
    expect(ids.length).toBeLessThan(LOG.length);
  });

  const [early, late] = [Math.floor(LOG.length * 0.4), Math.floor(LOG.length * 0.6)];
  const ruins: [string, (record: Snapshot) => Snapshot | undefined][] = [
    ['lost', () => undefined],
    ['damaged', (record) => ({ ...record, state: `AAAA${record.state.slice(4)}` })],
    ['another', (record) => ({ ...record, piece: { ...record.piece!, number: 99 } })],
  ];

  it.each(ruins)('of whose newest snapshot a piece is %s goes on from the one before', async (_, ruin) => {
    await own(early, createSnapshots(bus));
    const before = (await savedIn()).pieces.length;
    await own(late, createSnapshots(bus));
    const newest = (await savedIn()).pieces.slice(before).at(-1)!;
    const snapshots = changed((record) => (record.sha256 === newest.sha256 ? ruin(record) : record));
    const { from, state, metrics } = await own(LOG.length, snapshots);
    expect(from).toBe(early);
    expect(metrics).toMatch(/snapshots_total\{topic="coalmine.scores",result="skipped"\} 1/);
    await expectAsClean(state);
  });

  it.each(ruins)('of whose snapshots all need a piece that is %s begins anew', async (_, ruin) => {
    await own(early, createSnapshots(bus));
    await own(late, createSnapshots(bus));
    const [first] = (await savedIn()).pieces;
    const snapshots = changed((record) => (record.sha256 === first!.sha256 ? ruin(record) : record));
    const { from, state, metrics } = await own(LOG.length, snapshots);
    expect(from).toBe(0);
    expect(metrics).toMatch(/restores_total\{topic="coalmine.scores",from="start"\} 1/);
    await expectAsClean(state);
  });

  it('killed between the pieces and the state goes on from the state before', async () => {
    await own(early, createSnapshots(bus));
    const { save, find } = createSnapshots(bus);
    const dying: Snapshots = {
      find,
      save: async (owner, records) => {
        if (records.some(({ piece }) => piece === null)) throw new Error('killed');
        return save(owner, records);
      },
    };
    const before = (await savedIn()).pieces.length;
    await own(late, dying);
    expect((await savedIn()).pieces.length).toBeGreaterThan(before);
    const { from, state } = await own(LOG.length, createSnapshots(bus));
    expect(from).toBe(early);
    await expectAsClean(state);
  });

  it('is not led astray by pieces of another log under the same names, saved before its own', async () => {
    await own(late, createSnapshots(bus));
    const { pieces } = await savedIn();
    await bus.close(1_000);
    bus = createMemoryBus();
    const foreign = pieces.map((piece) => sealSnapshot({ ...piece, state: 'AAAAAQAAAAI=' }));
    await createSnapshots(bus).save(foreign[0]!, foreign);
    await own(late, createSnapshots(bus));
    const { from, state } = await own(LOG.length, createSnapshots(bus));
    expect(from).toBe(late);
    await expectAsClean(state);
  });
});
