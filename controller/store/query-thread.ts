import { messageOf } from '../../schemas/error-message.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { createStoreReader } from './reader.io.ts';
import { isDamage, openToRead } from './store-file.io.ts';
import type { FromQuery, QuerySettings, ToQuery } from './store-threads.io.ts';

const { file } = workerData as QuerySettings;
const reader = createStoreReader(openToRead(file));

const answer = ({ id, call, asked }: ToQuery): FromQuery => {
  try {
    return { id, ok: reader[call](asked as never) };
  } catch (error) {
    return { id, error: messageOf(error), isDamaged: isDamage(error) };
  }
};

parentPort?.on('message', (message: ToQuery) => {
  // A worker's port takes no origin: the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(answer(message));
});
