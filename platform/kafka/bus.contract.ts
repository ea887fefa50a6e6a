import avsc from 'avsc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { avroOf } from '../../schemas/avro.ts';
import { RegistryEntry } from '../../schemas/registry-entry.ts';
import { deadLetterTopic, REGISTRY, type Topic } from '../../schemas/topics.ts';
import { type AssignedPartition, type Bus, type Incoming, RefusedRecordError, subscription } from './bus.ts';

export type StoredBytes = { value: Buffer | null; headers: Record<string, string> };

/** What a kind of bus must offer so that the contract can be held against it. */
export type BusHarness = {
  /** One more bus on the same records. */
  open(): Promise<Bus>;
  makeTopic(name: string, partitions: number): Promise<void>;
  produceRaw(topicName: string, partition: number, value: Buffer): Promise<void>;
  readRaw(topicName: string, partition: number): Promise<StoredBytes[]>;
};

const PARTITIONS = 2;
const WAIT = { timeout: 20_000, interval: 20 };

const entry = (name: string): RegistryEntry => ({ kind: 'agent', name, document: '{}', by: 'contract', timeMs: 1_000 });
const entries = (from: number, to: number): RegistryEntry[] =>
  Array.from({ length: to - from }, (_, i) => entry(`n${from + i}`));
const namesOf = (records: readonly { value: RegistryEntry }[]): string[] => records.map(({ value }) => value.name);

type Seen = { partition: AssignedPartition; record: Incoming<RegistryEntry> };

let count = 0;

/** The promises of `Bus`, for every implementation of it. */
export const busContract = (kind: string, start: () => Promise<BusHarness>): void => {
  describe(`the bus (${kind})`, () => {
    let harness: BusHarness;
    let bus: Bus;
    let topic: Topic<RegistryEntry>;
    let group: string;
    const buses: Bus[] = [];
    const open = async (): Promise<Bus> => {
      const opened = await harness.open();
      buses.push(opened);
      return opened;
    };

    beforeEach(async () => {
      harness = await start();
      count += 1;
      const run = `contract-${process.pid}-${Date.now().toString(36)}-${count}`;
      group = `coalmine-${run}`;
      topic = {
        ...REGISTRY,
        name: `coalmine.${run}`,
        partitions: PARTITIONS,
        cleanup: 'delete',
        partitionKey: (e) => e.name,
      };
      await harness.makeTopic(topic.name, PARTITIONS);
      await harness.makeTopic(deadLetterTopic(group), PARTITIONS);
      bus = await open();
    });
    afterEach(async () => {
      await Promise.all(buses.splice(0).map((one) => one.close(8_000)));
    });

    /** A member that remembers what it sees. */
    const member = async (
      on: Bus,
      more: {
        onAssign?: (partition: AssignedPartition) => Promise<number | undefined>;
        onSeen?: (seen: Seen) => Promise<void>;
        onRevoke?: (partition: AssignedPartition) => Promise<void>;
      } = {},
    ) => {
      const seen: Seen[] = [];
      const owned = new Set<number>();
      const consumer = await on.consume(group, [
        subscription(topic, {
          onAssign: async (partition) => {
            owned.add(partition.partition);
            return more.onAssign?.(partition);
          },
          onRecords: async (partition, records) => {
            for (const record of records) {
              await more.onSeen?.({ partition, record });
              seen.push({ partition, record });
            }
          },
          onRevoke: async (partition) => {
            owned.delete(partition.partition);
            await more.onRevoke?.(partition);
          },
        }),
      ]);
      const names = (): string[] => seen.map(({ record }) => record.value.name);
      return { seen, owned, names, stop: () => consumer.stop() };
    };
    const until = (check: () => void): Promise<void> => vi.waitFor(check, WAIT);

    it('knows how many partitions a topic has', async () => {
      expect(await bus.partitionCount(topic)).toBe(PARTITIONS);
    });

    it('delivers each partition in order, with offsets, keys and values', async () => {
      await bus.append(topic, 0, entries(0, 3));
      const reader = await member(bus);
      await bus.append(topic, 1, entries(10, 13));
      await bus.append(topic, 0, entries(3, 6));
      await until(() => expect(reader.seen).toHaveLength(9));
      const ofPartition = (partition: number): Incoming<RegistryEntry>[] =>
        reader.seen.filter((one) => one.partition.partition === partition).map(({ record }) => record);
      expect(namesOf(ofPartition(0))).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
      expect(namesOf(ofPartition(1))).toEqual(['n10', 'n11', 'n12']);
      expect(ofPartition(0).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(ofPartition(0)[0]).toEqual({ offset: 0, timestampMs: 1_000, key: 'agent/n0', value: entry('n0') });
    });

    it('starts again at the committed offset, so that what was not committed comes again', async () => {
      await bus.append(topic, 0, entries(0, 5));
      const before = await member(bus);
      await until(() => expect(before.seen).toHaveLength(5));
      expect(await before.seen[0]?.partition.commit(2)).toBe(true);
      await before.stop();
      const after = await member(await open());
      await until(() => expect(after.names()).toEqual(['n2', 'n3', 'n4']));
    });

    it('starts where onAssign says, before it delivers anything', async () => {
      await bus.append(topic, 0, entries(0, 5));
      const first = await member(bus);
      await until(() => expect(first.seen).toHaveLength(5));
      await first.seen[0]?.partition.commit(5);
      await first.stop();
      const restored = await member(await open(), {
        onAssign: async ({ partition }) => (partition === 0 ? 3 : undefined),
      });
      await bus.append(topic, 1, [entry('other')]);
      await until(() => expect(restored.names().toSorted()).toEqual(['n3', 'n4', 'other']));
    });

    it('asks onAssign again until it succeeds, and delivers nothing before', async () => {
      await bus.append(topic, 0, entries(0, 2));
      let asked = 0;
      const reader = await member(bus, {
        onAssign: async () => {
          asked += 1;
          if (asked < 4) throw new Error('the snapshot can’t be read yet');
          return undefined;
        },
      });
      await until(() => expect(reader.names()).toEqual(['n0', 'n1']));
      expect(asked).toBeGreaterThanOrEqual(4);
    });

    it('delivers the same records again when the handler throws', async () => {
      await bus.append(topic, 0, entries(0, 3));
      let failures = 0;
      const reader = await member(bus, {
        onSeen: async ({ record }) => {
          if (record.value.name === 'n1' && failures++ < 2) throw new Error('not now');
        },
      });
      await until(() => expect(reader.names().slice(-3)).toEqual(['n0', 'n1', 'n2']));
      expect(failures).toBe(3);
    });

    it('commits no more after a revoke', async () => {
      await bus.append(topic, 0, entries(0, 3));
      const commits: boolean[] = [];
      const reader = await member(bus, {
        onRevoke: async (partition) => void commits.push(partition.alive(), await partition.commit(3)),
      });
      await until(() => expect(reader.seen).toHaveLength(3));
      const handle = reader.seen[0]?.partition;
      await reader.stop();
      expect(commits).toEqual([false, false, false, false]);
      expect(await handle?.commit(3)).toBe(false);
    });

    it('shares partitions between members, and moves those of a member that leaves', async () => {
      const first = await member(bus);
      await until(() => expect(first.owned.size).toBe(PARTITIONS));
      const second = await member(await open());
      await until(() => expect([first.owned.size, second.owned.size]).toEqual([1, 1]));
      await bus.append(topic, 0, [entry('a')]);
      await bus.append(topic, 1, [entry('b')]);
      await until(() => expect([...first.names(), ...second.names()].toSorted()).toEqual(['a', 'b']));
      await Promise.all(
        [...first.seen, ...second.seen].map(({ partition, record }) => partition.commit(record.offset + 1)),
      );
      await second.stop();
      await until(() => expect(first.owned.size).toBe(PARTITIONS));
      await bus.append(topic, 0, [entry('c')]);
      await bus.append(topic, 1, [entry('d')]);
      await until(() => expect(first.names()).toEqual(expect.arrayContaining(['c', 'd'])));
      expect([...first.names(), ...second.names()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('leaves a partition that stays with its member alone during a rebalance', async () => {
      const lost: number[] = [];
      const first = await member(bus, { onRevoke: async ({ partition }) => void lost.push(partition) });
      await bus.append(topic, 0, entries(0, 2));
      await bus.append(topic, 1, entries(2, 4));
      await until(() => expect(first.seen).toHaveLength(4));
      const second = await member(await open());
      await until(() => expect(second.owned.size).toBe(1));
      await until(() => expect(lost).toEqual([...second.owned]));
      const [kept] = [...first.owned];
      await bus.append(topic, kept ?? 0, [entry('after')]);
      await until(() => expect(first.names().at(-1)).toBe('after'));
      expect(first.seen).toHaveLength(5);
      expect(lost).toHaveLength(1);
    });

    it('keeps a member that has nothing to do, for when another leaves', async () => {
      const members = [await member(bus), await member(await open()), await member(await open())];
      await until(() => expect(members.map(({ owned }) => owned.size).toSorted()).toEqual([0, 1, 1]));
      const busy = members.find(({ owned }) => owned.size === 1);
      const idle = members.find(({ owned }) => owned.size === 0);
      await busy?.stop();
      await until(() => expect(idle?.owned.size).toBe(1));
    });

    it('brakes at pause and goes on at resume', async () => {
      await bus.append(topic, 0, [entry('first')]);
      const reader = await member(bus, { onSeen: async ({ partition }) => partition.pause() });
      await until(() => expect(reader.names()).toEqual(['first']));
      await bus.append(topic, 0, [entry('second')]);
      await bus.append(topic, 1, [entry('elsewhere')]);
      await until(() => expect(reader.names()).toEqual(['first', 'elsewhere']));
      reader.seen[0]?.partition.resume();
      await until(() => expect(reader.names()).toEqual(['first', 'elsewhere', 'second']));
    });

    it('sends exactly the undecodable records to the dead-letter topic, with their origin, and goes on', async () => {
      await bus.append(topic, 0, [entry('good-0')]);
      const [stored] = await harness.readRaw(topic.name, 0);
      const wire = (payload: Buffer, id = stored?.value?.readInt32BE(1) ?? 0): Buffer => {
        const header = Buffer.alloc(5);
        header.writeInt32BE(id, 1);
        return Buffer.concat([header, payload]);
      };
      const type = avsc.Type.forSchema(avroOf(RegistryEntry, 'entry') as never);
      const bad = [
        Buffer.from('not avro at all'),
        Buffer.alloc(0),
        wire(type.toBuffer(entry('x')), 987_654_321),
        wire(Buffer.from([0xff, 0xff, 0xff, 0x0f, 1])),
        wire(Buffer.concat([type.toBuffer(entry('x')), Buffer.from('trailing')])),
        wire(type.toBuffer({ ...entry('x'), timeMs: -5 })),
      ];
      for (const value of bad) await harness.produceRaw(topic.name, 0, value);
      await bus.append(topic, 0, [entry('good-1')]);
      const reader = await member(bus);
      await until(() => expect(reader.names()).toEqual(['good-0', 'good-1']));
      const letters = await harness.readRaw(deadLetterTopic(group), 0);
      expect(letters.map(({ value }) => value)).toEqual(bad);
      expect(letters.map(({ headers }) => headers['coalmine-origin-offset'])).toEqual(['1', '2', '3', '4', '5', '6']);
      expect(letters[0]?.headers).toMatchObject({
        'coalmine-origin-topic': topic.name,
        'coalmine-origin-partition': '0',
        'coalmine-reason': expect.stringContaining('Confluent wire format') as string,
      });
      expect(letters[2]?.headers['coalmine-reason']).toContain('no schema 987654321');
      expect(letters[5]?.headers['coalmine-reason']).toContain('timeMs');
    });

    it('refuses a value that violates its schema, and writes nothing of that append', async () => {
      const bad = { ...entry('bad'), timeMs: 1.5 };
      const refusal: unknown = await bus.append(topic, 0, [entry('a'), bad]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RefusedRecordError);
      expect(refusal).toMatchObject({ index: 1, message: expect.stringContaining('timeMs') as string });
      await bus.append(topic, 0, [entry('b')]);
      const names: string[] = [];
      await bus.readToEnd(topic, 0, 0, ({ value }) => names.push(value.name));
      expect(names).toEqual(['b']);
    });

    it('refuses a record that is too large, and takes an append of many large ones', async () => {
      const large = (bytes: number): RegistryEntry => ({ ...entry('large'), document: 'x'.repeat(bytes) });
      await expect(bus.append(topic, 0, [large(1_100_000)])).rejects.toThrow(RefusedRecordError);
      await bus.append(
        topic,
        0,
        Array.from({ length: 5 }, () => large(600_000)),
      );
      let read = 0;
      await bus.readToEnd(topic, 0, 0, () => (read += 1));
      expect(read).toBe(5);
    });

    it('says in headers what a record is', async () => {
      await bus.append(topic, 0, [entry('a')]);
      const [stored] = await harness.readRaw(topic.name, 0);
      expect(stored?.headers).toEqual({
        'content-type': 'application/vnd.confluent.avro',
        ce_specversion: '1.0',
        ce_id: 'agent/a-1000',
        ce_type: topic.name,
        ce_source: 'contract',
        ce_time: '1970-01-01T00:00:01.000Z',
      });
    });

    it('reads a partition from an offset to its end, and ends', async () => {
      const offsets: number[] = [];
      await bus.readToEnd(topic, 1, 0, ({ offset }) => offsets.push(offset));
      await bus.append(topic, 1, entries(0, 5));
      await bus.readToEnd(topic, 1, 2, ({ offset }) => offsets.push(offset));
      await bus.readToEnd(topic, 1, 99, ({ offset }) => offsets.push(offset));
      expect(offsets).toEqual([2, 3, 4]);
    });

    it('says where the records of a time and later begin', async () => {
      expect(await bus.offsetSince(topic, 1, 0)).toBe(0);
      const at = (timeMs: number): RegistryEntry => ({ ...entry('a'), timeMs });
      await bus.append(topic, 1, [at(1_000), at(3_000), at(2_000), at(5_000)]);
      const offsets = await Promise.all([0, 1_000, 1_001, 3_001, 5_001].map((ms) => bus.offsetSince(topic, 1, ms)));
      expect(offsets).toEqual([0, 0, 1, 3, 4]);
    });

    it('passes over undecodable records while reading to the end', async () => {
      await harness.produceRaw(topic.name, 0, Buffer.from('garbage'));
      await bus.append(topic, 0, [entry('a')]);
      const names: string[] = [];
      await bus.readToEnd(topic, 0, 0, ({ value }) => names.push(value.name));
      expect(names).toEqual(['a']);
    });

    it('hands on what a reader to the end throws', async () => {
      await bus.append(topic, 0, [entry('a')]);
      const read = bus.readToEnd(topic, 0, 0, () => {
        throw new Error('the snapshot is broken');
      });
      await expect(read).rejects.toThrow('the snapshot is broken');
    });

    it('tails every partition from its first record on, without a group', async () => {
      await bus.append(topic, 0, entries(0, 2));
      await harness.produceRaw(topic.name, 0, Buffer.from('garbage'));
      const seen: string[] = [];
      const tail = await bus.tail(topic, async (partition, records) => {
        seen.push(...records.map(({ value }) => `${partition}:${value.name}`));
      });
      await until(() => expect(seen).toEqual(['0:n0', '0:n1']));
      await bus.append(topic, 1, [entry('new')]);
      await bus.append(topic, 0, [entry('newer')]);
      await until(() => expect(seen.toSorted()).toEqual(['0:n0', '0:n1', '0:newer', '1:new']));
      await tail.stop();
      expect((await harness.readRaw(deadLetterTopic(group), 0)).length).toBe(0);
    });

    it('tails from the offset that is given for a partition, and from the first record where there is no such offset', async () => {
      await bus.append(topic, 0, entries(0, 3));
      await bus.append(topic, 1, entries(3, 5));
      const seen: string[] = [];
      const take = async (partition: number, records: readonly { value: RegistryEntry }[]): Promise<void> => {
        seen.push(...records.map(({ value }) => `${partition}:${value.name}`));
      };
      const from = new Map([
        [0, 2],
        [1, 1_000],
      ]);
      const tail = await bus.tail(topic, take, from);
      await until(() => expect(seen.toSorted()).toEqual(['0:n2', '1:n3', '1:n4']));
      await tail.stop();
    });

    it('is healthy once it works, and closes while it is consuming', async () => {
      const reader = await member(bus);
      await bus.append(topic, 0, [entry('a')]);
      await until(() => expect(reader.names()).toEqual(['a']));
      await until(() => expect(bus.healthy()).toBe(true));
      await bus.close(5_000);
      await expect(bus.append(topic, 0, [entry('b')])).rejects.toThrow('closed');
      expect(reader.owned.size).toBe(0);
    });
  });
};
