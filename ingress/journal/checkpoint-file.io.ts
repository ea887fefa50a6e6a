import { messageOf } from '../../schemas/error-message.ts';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { EpochMs, Int, Tick } from '../../schemas/envelope.ts';
import type { Checkpoint } from './publishing.ts';

const Counts = z.object({ accepted: Int.nonnegative(), published: Int.nonnegative(), dropped: Int.nonnegative() });
const Sequences = z.array(Int.nonnegative());

const CheckpointFile: z.ZodType<Checkpoint> = z.object({
  source: z.string().min(1),
  segment: Int.nonnegative(),
  offset: Int.nonnegative(),
  exchangeSequences: Sequences,
  feedbackSequences: Sequences,
  exchanges: Counts,
  feedback: Counts,
  arms: Tick.shape.arms,
  throughMs: EpochMs,
});

const BLOCK_BYTES = 4_096;

const freshCheckpoint = (): Checkpoint => ({
  source: `ingress-${randomBytes(8).toString('hex')}`,
  segment: 0,
  offset: 0,
  exchangeSequences: [],
  feedbackSequences: [],
  exchanges: { accepted: 0, published: 0, dropped: 0 },
  feedback: { accepted: 0, published: 0, dropped: 0 },
  arms: [],
  throughMs: 0,
});

const overwrite = (file: string, bytes: Buffer): void => {
  const target = openSync(file, 'r+');
  try {
    if (writeSync(target, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error(`${file} was written in part`);
  } finally {
    closeSync(target);
  }
};

/**
 * Written beside and renamed, so that a killed process leaves the old one or the new one. On a full disk it is written in
 * place, which takes no new block as it is padded to whole ones: or else nothing could ever be deleted there.
 */
export const saveCheckpoint = (file: string, checkpoint: Checkpoint): void => {
  const json = Buffer.from(JSON.stringify(checkpoint));
  const bytes = Buffer.alloc(Math.ceil(json.length / BLOCK_BYTES) * BLOCK_BYTES, ' ');
  json.copy(bytes);
  try {
    writeFileSync(`${file}.new`, bytes, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    overwrite(file, bytes);
  }
};

/**
 * The last checkpoint. Where there is none, or one that can't be read, the journal gets a new identity and is published
 * from its first segment on; `onLost` is told of the latter, since records may then be in the topic twice.
 */
export const loadCheckpoint = (file: string, onLost: (reason: string) => void): Checkpoint => {
  let text: string | null = null;
  try {
    text = readFileSync(file, 'utf8');
    return CheckpointFile.parse(JSON.parse(text));
  } catch (error) {
    if (text !== null) onLost(messageOf(error));
    else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const checkpoint = freshCheckpoint();
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  saveCheckpoint(file, checkpoint);
  return checkpoint;
};
