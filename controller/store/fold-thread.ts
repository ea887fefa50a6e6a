import { parentPort, workerData } from 'node:worker_threads';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { createLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { followTopics, OtherLogError } from './following.ts';
import { isDamage, openStore, removeStore } from './store-file.io.ts';
import { createStoreEvents } from './store-events.ts';
import type { FoldSettings, FromFold, ToFold } from './store-threads.io.ts';
import { createWriter } from './writer.io.ts';

const REPORT_EVERY_MS = 1_000;
const CLOSE_DEADLINE_MS = 500;

const { file, logLevel, maxAgeMs, maxBytes, ...access } = workerData as FoldSettings;
const log = createLog('controller', logLevel).child({ thread: 'store' });
const metrics = createMetrics('controller_store');
const events = createStoreEvents(log, metrics);

const say = (message: FromFold): void => {
  // A worker's port takes no origin: the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
};

const { db, rebuilt } = openStore(file);
events.opened(file, rebuilt);
const writer = createWriter(db);
// That Kafka is away the controller says already.
const busLog = log.child({}, { level: 'error' });
const bus = await createKafkaBus({ ...access, clientId: 'coalmine-controller-store', log: busLog, metrics });

/** The thread ends with what it could not do; whoever started it starts it again, on a new file. */
const giveUp = (error: unknown): void => {
  if (!isDamage(error) && !(error instanceof OtherLogError)) return;
  if (db.isOpen) db.close();
  removeStore(file);
  throw error;
};
const following = followTopics(
  { bus, clock: systemClock, writer, events, onError: (error) => void setImmediate(giveUp, error) },
  { maxAgeMs, maxBytes },
);
say({ kind: 'open' });

const reports = setInterval(
  () => void metrics.text().then((metricsText) => say({ kind: 'metrics', metricsText })),
  REPORT_EVERY_MS,
);

const stop = async (): Promise<void> => {
  clearInterval(reports);
  await following.stop();
  await bus.close(CLOSE_DEADLINE_MS);
  if (db.isOpen) db.close();
  parentPort?.close();
};
parentPort?.on('message', (message: ToFold) => {
  if (message.kind === 'stop') void stop();
  else giveUp(Object.assign(new Error('a reader found the store damaged'), { errcode: 11 }));
});
