import type { Message, RecordMetadata } from 'kafkajs';
import { batchesOf } from './record-size.ts';

/** Records of one partition, which every message names. */
export type Send = { topic: string; partition: number; messages: Message[]; sizeBytes: number };

type TopicMessages = { topic: string; messages: Message[] };
type Waiting = Send & { resolve: (acks: RecordMetadata[]) => void; reject: (error: unknown) => void };

/** What is larger goes by itself; what is together larger, in several requests. */
const MAX_COMBINED_BYTES = 256 * 1024;

/**
 * Sends to several partitions asked for in the same turn of the event loop travel in one request: a writer's ticks, say,
 * or what a fold has for each partition. Each gets its own partition's acknowledgement. Where the brokers refuse a request
 * of several (`isRefusal`), which of them they mean is not known: then each is sent again alone, and some may be in the
 * log twice, as after any failed send.
 */
export const createCombinedSends = (
  sendAll: (topicMessages: TopicMessages[]) => Promise<RecordMetadata[]>,
  isRefusal: (error: unknown) => boolean,
): ((send: Send) => Promise<RecordMetadata[]>) => {
  let gathered: Waiting[] = [];

  const sendAlone = ({ topic, messages, resolve, reject }: Waiting): void => {
    sendAll([{ topic, messages }]).then(resolve, reject);
  };
  const sendTogether = async (sends: readonly Waiting[]): Promise<void> => {
    try {
      const acks = await sendAll(sends.map(({ topic, messages }) => ({ topic, messages })));
      for (const { topic, partition, resolve } of sends)
        resolve(acks.filter((ack) => ack.topicName === topic && ack.partition === partition));
    } catch (error) {
      if (isRefusal(error)) sends.forEach(sendAlone);
      else for (const { reject } of sends) reject(error);
    }
  };
  const flush = (): void => {
    const sends = gathered;
    gathered = [];
    for (const request of batchesOf(sends, MAX_COMBINED_BYTES)) {
      const [only, ...others] = request;
      if (only && others.length === 0) sendAlone(only);
      else void sendTogether(request);
    }
  };
  return (send) =>
    new Promise((resolve, reject) => {
      if (gathered.push({ ...send, resolve, reject }) === 1) setImmediate(flush);
    });
};
