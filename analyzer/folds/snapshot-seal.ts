import { hash } from 'node:crypto';
import type { Snapshot } from '../../schemas/snapshot.ts';

/** A larger state is not saved: a restart then reads more of the log, which is slow but right. */
export const MAX_SNAPSHOT_BYTES = 8_000_000;

type Unsealed = Omit<Snapshot, 'sha256'>;

const digest = (s: Unsealed): string =>
  hash('sha256', [s.group, s.topic, s.partition, s.foldVersion, s.offset, s.state].join('\n'), 'hex');

/** The checksum covers the offset and the owner too, so that no state is ever taken for another's. */
export const sealSnapshot = (snapshot: Unsealed): Snapshot => ({ ...snapshot, sha256: digest(snapshot) });

export const isIntact = (snapshot: Snapshot): boolean => snapshot.sha256 === digest(snapshot);
