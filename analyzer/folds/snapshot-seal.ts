import { createHash } from 'node:crypto';
import type { Snapshot } from '../../schemas/snapshot.ts';
import type { IdPiece } from './id-memory.ts';
import { wordsOfText, wordsToText } from './id-pieces.ts';

/** A larger state is not saved: a restart then reads more of the log, which is slow but right. */
export const MAX_SNAPSHOT_BYTES = 8_000_000;

type Unsealed = Omit<Snapshot, 'sha256'>;
type Owner = Pick<Snapshot, 'group' | 'topic' | 'partition' | 'foldVersion'>;

const digest = ({ group, topic, partition, foldVersion, offset, piece, state }: Unsealed): string => {
  const place = piece ? [piece.slot, piece.number] : [];
  const head = JSON.stringify([group, topic, partition, foldVersion, offset, ...place]);
  return createHash('sha256').update(head).update(state).digest('hex');
};

/** The checksum covers the offset and the owner too, so that no state is ever taken for another's. */
export const sealSnapshot = (snapshot: Unsealed): Snapshot => ({ ...snapshot, sha256: digest(snapshot) });

export const isIntact = (snapshot: Snapshot): boolean => snapshot.sha256 === digest(snapshot);

/** A piece of the owner's ids as a record; but for its time, the same piece is the same record whoever saves it. */
export const sealPiece = (owner: Owner, { slot, number, words }: IdPiece, timeMs: number): Snapshot =>
  sealSnapshot({ ...owner, offset: 0, state: wordsToText(words), piece: { slot, number }, timeMs });

/** The piece that a record holds; undefined if it holds none, or a damaged one. */
export const openPiece = (record: Snapshot): IdPiece | undefined =>
  record.piece && isIntact(record) ? { ...record.piece, words: wordsOfText(record.state) } : undefined;
