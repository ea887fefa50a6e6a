import type { BasicType } from 'hyparquet-writer';
import { type Exchange } from '../../schemas/exchange.ts';
import { type FlatScore, flatScores } from '../../schemas/score.ts';
import { EXCHANGES, SCORES, type Topic } from '../../schemas/topics.ts';

type Cell = string | number | boolean | Date | null;
type Column<E> = { name: string; type: BasicType; of: (event: E) => Cell };

/** One kind of record as a flat table. */
type Flat<T, E> = {
  topic: Topic<T>;
  events: (record: T) => readonly E[];
  /** The same for every copy of an event, of which the first in the log counts. */
  id: (event: E) => string;
  agent: (event: E) => string;
  columns: readonly Column<E>[];
};
export type BoundFlat = Flat<unknown, unknown>;
const flat = <T, E>(one: Flat<T, E>): BoundFlat => one as unknown as BoundFlat;

const text = <E>(name: string, of: (event: E) => string | null): Column<E> => ({ name, type: 'STRING', of });
const number = <E>(name: string, of: (event: E) => number | null): Column<E> => ({ name, type: 'DOUBLE', of });
const flag = <E>(name: string, of: (event: E) => boolean): Column<E> => ({ name, type: 'BOOLEAN', of });
const moment = <E>(name: string, ofMs: (event: E) => number): Column<E> => ({
  name,
  type: 'TIMESTAMP',
  of: (event) => new Date(ofMs(event)),
});

/** Names as in the events, in the form that SQL likes; a map is JSON. */
const scores = flat<(typeof SCORES)['schema']['_output'], FlatScore>({
  topic: SCORES,
  events: ({ event }) => (event === null ? [] : flatScores(event)),
  id: ({ scoreId }) => scoreId,
  agent: ({ agent }) => agent,
  columns: [
    text('score_id', (e) => e.scoreId),
    text('exchange_id', (e) => e.exchangeId),
    text('shadow_id', (e) => e.shadowId),
    text('kind', (e) => e.kind),
    text('agent', (e) => e.agent),
    text('rollout', (e) => e.rollout),
    number('routing_sequence', (e) => e.routingSequence),
    text('version', (e) => e.version),
    text('arm', (e) => e.arm),
    flag('evidence', (e) => e.evidence),
    number('subject_bucket', (e) => e.subjectBucket),
    text('slices', (e) => JSON.stringify(e.slices)),
    text('metric', (e) => e.metric),
    text('scorer', (e) => e.scorer),
    text('scorer_version', (e) => e.scorerVersion),
    text('status', (e) => e.status),
    number('value', (e) => e.value),
    number('live_value', (e) => e.liveValue),
    number('delta', (e) => e.delta),
    text('reason', (e) => e.reason),
    number('cost_usd', (e) => e.costUsd),
    text('not_applicable_to', (e) => e.notApplicableTo),
    number('share', (e) => e.share),
    flag('uncaptured', (e) => e.uncaptured),
    moment('exchange_at', (e) => e.exchangeAtMs),
    moment('scored_at', (e) => e.scoredAtMs),
  ],
});

/** Without bodies, path and metadata: those are somebody's words. */
const exchanges = flat<(typeof EXCHANGES)['schema']['_output'], Exchange>({
  topic: EXCHANGES,
  events: ({ event }) => (event === null ? [] : [event]),
  id: ({ exchangeId }) => exchangeId,
  agent: ({ agent }) => agent,
  columns: [
    text('exchange_id', (e) => e.exchangeId),
    text('agent', (e) => e.agent),
    text('rollout', (e) => e.rollout),
    number('routing_sequence', (e) => e.routingSequence),
    text('assignment', (e) => e.assignment),
    text('assigned_arm', (e) => e.assignedArm),
    text('assigned_version', (e) => e.assignedVersion),
    text('served_arm', (e) => e.servedArm),
    text('served_version', (e) => e.servedVersion),
    text('fallback_reason', (e) => e.fallbackReason),
    number('subject_bucket', (e) => e.subjectBucket),
    flag('vouched', (e) => e.vouched),
    flag('stream', (e) => e.stream),
    number('status', (e) => e.status),
    text('outcome', (e) => e.outcome),
    number('latency_ms', (e) => e.latencyMs),
    number('first_byte_ms', (e) => e.firstByteMs),
    number('prompt_tokens', (e) => e.promptTokens),
    number('completion_tokens', (e) => e.completionTokens),
    number('cost_usd', (e) => e.costUsd),
    text('slices', (e) => JSON.stringify(e.slices)),
    text('traceparent', (e) => e.traceparent),
    moment('started_at', (e) => e.startedAtMs),
    moment('finished_at', (e) => e.finishedAtMs),
  ],
});

/** Everything that `export` writes, by the word that it is asked for with. */
export const FLAT_KINDS: Readonly<Record<string, BoundFlat>> = { scores, exchanges };
