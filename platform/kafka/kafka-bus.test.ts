import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GROUPS, REGISTRY } from '../../schemas/topics.ts';
import { subscription } from './bus.ts';
import { createKafkaBus } from './kafka-bus.ts';
import { outgoing } from './encode-records.ts';
import { batchesOf } from './record-size.ts';
import { silentLog } from '../process/log.ts';
import { createMetrics } from '../process/metrics.ts';

const REFUSING = '127.0.0.1:1';
const entry = { kind: 'agent', name: 'a', document: '', by: '', timeMs: 1 };

describe('the bus without Kafka', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    silent = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it.each(['refuses', 'never answers'])(
    'is there at once when it %s, is not healthy, and closes at its deadline',
    async (how) => {
      const broker = how === 'refuses' ? REFUSING : `127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const said: string[] = [];
      const log = Object.assign(Object.create(silentLog) as typeof silentLog, {
        warn: (_fields: object, line: string) => said.push(line),
      });
      const registryUrl = `http://${REFUSING}`;
      const bus = await createKafkaBus({
        brokers: [broker],
        registryUrl,
        clientId: 'a',
        log,
        metrics: createMetrics('a'),
      });
      const onRecords = async (): Promise<void> => {};
      await bus.consume(GROUPS.controller, [subscription(REGISTRY, { onRecords })]);
      await bus.tail(REGISTRY, onRecords);
      const counting = bus.partitionCount(REGISTRY).catch((error: unknown) => error);
      await expect(bus.append(REGISTRY, 0, [entry])).rejects.toThrow('schema registry');
      expect(bus.healthy()).toBe(false);
      if (how === 'refuses')
        await vi.waitFor(() => expect(said[0]).toMatch(/^Kafka at 127.0.0.1:1 is away, trying again/));
      await bus.close(200);
      await bus.close(0);
      if (how === 'refuses') expect(await counting).toBeInstanceOf(Error);
    },
  );
});

it('puts records into batches that brokers take, in order', () => {
  const record = (bytes: number) => outgoing('', Buffer.alloc(bytes), { headers: {}, timestampMs: undefined });
  const sizes = batchesOf(
    [10, 20, 9_000, 9_000, 1].map((kilobytes) => record(kilobytes * 100)),
    1_000_000,
  ).map((batch) => batch.length);
  expect(sizes).toEqual([3, 2]);
  expect(batchesOf([], 1_000)).toEqual([]);
});
