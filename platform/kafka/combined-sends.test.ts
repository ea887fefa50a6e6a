import type { RecordMetadata } from 'kafkajs';
import { expect, it } from 'vitest';
import { createCombinedSends, type Send } from './combined-sends.ts';

type Request = { topic: string; messages: { partition?: number }[] }[];

const sendTo = (topic: string, partition: number, sizeBytes = 100): Send => ({
  topic,
  partition,
  sizeBytes,
  messages: [{ value: 'x', partition }],
});

/** Brokers that acknowledge every partition of a request, or refuse it. */
const brokers = (refuses: (request: Request) => unknown = () => undefined) => {
  const requests: Request[] = [];
  const send = createCombinedSends(
    async (request) => {
      requests.push(request);
      const error = refuses(request);
      if (error !== undefined) throw error;
      const partitions = request.flatMap(({ topic, messages }) =>
        messages.map(({ partition = 0 }) => ({ topic, partition })),
      );
      return partitions.map(({ topic, partition }): RecordMetadata => ({ topicName: topic, partition, errorCode: 0 }));
    },
    (error) => error === 'refused',
  );
  return { requests, send };
};

it('sends what is asked for at once to several partitions of several topics in one request', async () => {
  const { requests, send } = brokers();
  const sends = [sendTo('a', 0), sendTo('a', 1), sendTo('b', 0)];
  const acks = await Promise.all(sends.map(send));
  expect(requests).toHaveLength(1);
  expect(acks.map((own) => own.map(({ topicName, partition }) => `${topicName} ${partition}`))).toEqual([
    ['a 0'],
    ['a 1'],
    ['b 0'],
  ]);
});

it('gives a partition that was not acknowledged no other partition’s acknowledgement', async () => {
  const send = createCombinedSends(
    async () => [{ topicName: 'a', partition: 0, errorCode: 0 }],
    () => false,
  );
  expect(await Promise.all([send(sendTo('a', 0)), send(sendTo('a', 1))])).toEqual([[expect.anything()], []]);
});

it('sends each alone when the brokers refuse them together, so that only the refused one fails', async () => {
  const { requests, send } = brokers((request) =>
    request.some(({ topic }) => topic === 'narrow') ? 'refused' : undefined,
  );
  const [good, narrow] = await Promise.allSettled([send(sendTo('a', 0)), send(sendTo('narrow', 0))]);
  expect([good?.status, narrow?.status]).toEqual(['fulfilled', 'rejected']);
  expect(requests).toHaveLength(3);
});

it('fails all when the connection breaks, and repeats none', async () => {
  const { requests, send } = brokers(() => 'connection closed');
  const settled = await Promise.allSettled([send(sendTo('a', 0)), send(sendTo('a', 1))]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(requests).toHaveLength(1);
});

it('holds a request to a quarter of a megabyte', async () => {
  const { requests, send } = brokers();
  await Promise.all([sendTo('a', 0, 200_000), sendTo('a', 1, 200_000), sendTo('a', 2, 50_000)].map(send));
  expect(requests.map((request) => request.length)).toEqual([1, 2]);
});
