import { type Exchange, isTooDear } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { Tick } from '../../schemas/envelope.ts';
import { addToArms, armCountsOf } from './arm-counts.ts';
import { armOf } from './drop-counts.ts';
import { alongWith } from './journal-floor.ts';
import { finishedExchange } from '../exchange/finished-exchange.ts';
import type { JournalRecord } from '../exchange/journal-record.ts';
import { redactText } from '../../privacy/redact.ts';

/** The next byte of the journal to read. Segment 0 stands before all. */
export type Position = { segment: number; offset: number };

/** What one read of the journal gave. */
export type JournalBatch = {
  records: JournalRecord[];
  end: Position;
  /** Whether the journal ended here when it was read. */
  atEnd: boolean;
  /** Whole records whose bytes are not what was written, and bytes that belong to no readable record. */
  corruptRecords: number;
  lostBytes: number;
};

export type Counts = { accepted: number; published: number; dropped: number };

/**
 * How far the journal is published, and all that must be known to publish the rest under the same numbers. Identity and
 * numbers belong together: without the numbers the identity must not be used again. Cumulative since the identity began.
 */
export type Checkpoint = Position & {
  source: string;
  exchangeSequences: number[];
  feedbackSequences: number[];
  exchanges: Counts;
  feedback: Counts;
  arms: Tick['arms'];
  /** Everything up to here is published; what a tick may say. */
  throughMs: number;
};

export type Publishable =
  | { topic: 'exchanges'; event: Exchange; timeMs: number }
  | { topic: 'feedback'; event: Feedback; timeMs: number };

/** What a client wrote in its own words never leaves with personal data, whatever the agent's policy. */
const redactedWords = <T extends Pick<Feedback, 'comment' | 'tags'>>(said: T): T => ({
  ...said,
  comment: said.comment === null ? null : redactText(said.comment),
  tags: said.tags.map(redactText),
});

/** A record as the event that it becomes, at `nowMs` and not later, whatever its clock said; drop counts become none. */
export const eventOf = (record: JournalRecord, nowMs: number): Publishable | null => {
  const timeMs = Math.min(record.timeMs, nowMs);
  if (record.kind === 'drops') return null;
  if (record.kind === 'feedback') {
    // A record from before there were scores says nothing of them, nor one from before events were declared of how many count.
    const scores: Feedback['scores'] = record.head.scores ?? [];
    const events: Feedback['events'] = record.head.events.map((event) => ({
      ...event,
      perExchange: event.perExchange ?? 1,
    }));
    const event = { ...redactedWords(record.head), events, scores, receivedAtMs: timeMs };
    return { topic: 'feedback', event, timeMs };
  }
  return { topic: 'exchanges', event: finishedExchange(record.head, record.bodies, timeMs), timeMs };
};

/** How many of an exchange's bodies were left out because to take personal data out of them would have been too dear. */
export const tooDearIn = ({ requestBody, responseBody }: Exchange): number =>
  [requestBody, responseBody].filter(isTooDear).length;

const countRecord = (
  checkpoint: Pick<Checkpoint, 'exchanges' | 'feedback'>,
  record: JournalRecord,
  isPublished: boolean,
): void => {
  if (record.kind === 'drops') {
    checkpoint.exchanges.accepted += record.head.exchanges;
    checkpoint.exchanges.dropped += record.head.exchanges;
    return;
  }
  const counts = record.kind === 'exchange' ? checkpoint.exchanges : checkpoint.feedback;
  counts.accepted += 1;
  if (isPublished) counts.published += 1;
  else counts.dropped += 1;
};

const armChanges = (record: JournalRecord, isPublished: boolean) => {
  if (record.kind === 'drops') return record.head.arms.map((arm) => ({ ...arm, accepted: arm.dropped }));
  const arm = armOf(record);
  return arm === null ? [] : [{ ...arm, accepted: 1, dropped: isPublished ? 0 : 1 }];
};

/**
 * The checkpoint after a batch of which everything is in the topics at `nowMs`, but for the `refused` records, which no topic
 * takes. Counters and time move together, so that a tick's counters are those of its time.
 */
export const afterBatch = (
  before: Checkpoint,
  batch: JournalBatch,
  refused: ReadonlySet<JournalRecord>,
  sequences: Pick<Checkpoint, 'exchangeSequences' | 'feedbackSequences'>,
  nowMs: number,
): Checkpoint => {
  const counted = { exchanges: { ...before.exchanges }, feedback: { ...before.feedback } };
  for (const record of batch.records) countRecord(counted, record, !refused.has(record));
  counted.exchanges.accepted += batch.corruptRecords;
  counted.exchanges.dropped += batch.corruptRecords;
  const changes = batch.records.flatMap((record) => armChanges(record, !refused.has(record)));
  const lastMs = batch.records.at(-1)?.timeMs;
  return {
    ...before,
    ...batch.end,
    ...sequences,
    ...counted,
    arms: [...addToArms(armCountsOf(before.arms), changes).values()],
    // The next record may bear the same millisecond as the last.
    throughMs: lastMs === undefined ? before.throughMs : alongWith(before.throughMs, Math.min(lastMs, nowMs) - 1),
  };
};
