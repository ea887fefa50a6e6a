import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../platform/process/clock.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { createLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint-file.io.ts';
import { settledMs, writesSoFar } from './journal-floor.ts';
import { untilWritten } from './journal-watch.io.ts';
import { backlogBytes, deleteBefore, readBatch } from './journal-reader.io.ts';
import type { FromPublisher, PublisherSettings, ToPublisher } from './publisher-thread.io.ts';
import { startPublisher } from './publish.ts';
import { createPublisherEvents } from './publisher-events.ts';

const REPORT_EVERY_MS = 1_000;
const CLOSE_DEADLINE_MS = 500;

const { dataDir, logLevel, floor, ...access } = workerData as PublisherSettings;
const log = createLog('ingress', logLevel).child({ thread: 'publisher' });
const metrics = createMetrics('ingress_publisher');
const journalDir = path.join(dataDir, 'journal');
const checkpointFile = path.join(dataDir, 'checkpoint.json');

const bus = await createKafkaBus({ ...access, clientId: 'coalmine-ingress', log, metrics });
const events = createPublisherEvents(log, metrics);
const publisher = await startPublisher({
  bus,
  clock: systemClock,
  log,
  events,
  settledMs: () => settledMs(floor, systemClock.nowMs()),
  writesSoFar: () => writesSoFar(floor),
  untilWritten: (writes, withinMs, signal) => untilWritten(floor, writes, withinMs, signal),
  readBatch: (from) => readBatch(journalDir, from),
  deleteBefore: (position) => deleteBefore(journalDir, position),
  backlogBytes: (from) => backlogBytes(journalDir, from),
  loadCheckpoint: (onLost) => loadCheckpoint(checkpointFile, onLost),
  saveCheckpoint: (checkpoint) => saveCheckpoint(checkpointFile, checkpoint),
});
events.standing(publisher.standing);

const report = async (): Promise<void> => {
  const message: FromPublisher = { metricsText: await metrics.text(), stalledMs: publisher.standing().stalledMs };
  // A worker's port takes no origin: the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
};
const reports = setInterval(() => void report(), REPORT_EVERY_MS);

const stop = async (deadlineMs: number): Promise<void> => {
  await publisher.stop(deadlineMs);
  clearInterval(reports);
  await bus.close(CLOSE_DEADLINE_MS);
  parentPort?.close();
};
parentPort?.once('message', ({ stopWithinMs }: ToPublisher) => void stop(stopWithinMs));
