import { parentPort } from 'node:worker_threads';
import { readDocuments, type ReadDocuments } from '../../schemas/read-documents.ts';

const say = (message: 'up' | ReadDocuments): void => {
  // A worker's port takes no origin: the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
};

parentPort?.on('message', (text: string) => say(readDocuments(text)));
say('up');
