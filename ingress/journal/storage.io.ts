import path from 'node:path';
import type { IngressEvents } from '../events.ts';
import { createFloor } from './journal-floor.ts';
import { openJournal } from './journal.io.ts';
import { startPublisherThread } from './publisher-thread.io.ts';
import type { PublisherSettings } from './publisher-thread.io.ts';

export type StorageSettings = Omit<PublisherSettings, 'floor'> & {
  journalCapBytes: number;
  journalSegmentBytes: number;
};

const PUBLISH_MS = 2_500;

/** What keeps finished exchanges: the journal on disk, and the thread that takes them from there to Kafka. */
export const openStorage = (settings: StorageSettings, events: IngressEvents, nowMs: () => number) => {
  const { dataDir, brokers, kafkaSecurity, registryUrl, registrySecurity, logLevel } = settings;
  const floor = createFloor();
  const journal = openJournal({
    dir: path.join(dataDir, 'journal'),
    capBytes: settings.journalCapBytes,
    segmentBytes: settings.journalSegmentBytes,
    floor,
    nowMs,
    onDiskError: events.diskError,
    onRecovered: events.diskRecovered,
  });
  const publisher = startPublisherThread(
    { dataDir, brokers, kafkaSecurity, registryUrl, registrySecurity, logLevel, floor },
    events.publisherDied,
  );
  return {
    append: journal.append,
    /** To be called about once a second. */
    tick: () => {
      journal.tick();
      events.journalSize(journal.sizeBytes());
      events.stalled(publisher.stalledMs());
    },
    stalledMs: publisher.stalledMs,
    metricsText: publisher.metricsText,
    /** Publishes what is there, as far as that goes in 2.5 s; the rest waits for the next start. */
    stop: async () => {
      journal.close();
      await publisher.stop(PUBLISH_MS);
    },
  };
};
