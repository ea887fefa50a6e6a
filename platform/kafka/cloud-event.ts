import type { Topic } from '../../schemas/topics.ts';

/** What the envelope of an evaluation topic, or a plain record, may carry that belongs in headers. */
type Carried = {
  source?: unknown;
  timeMs?: unknown;
  by?: unknown;
  event?: { traceparent?: unknown; exchange?: { traceparent?: unknown } } | null;
};

export type CloudEvent = { headers: Record<string, string>; timestampMs: number | undefined };

/**
 * A record's headers in the binary mode of the CloudEvents 1.0 Kafka binding, and its Kafka timestamp: the time that the
 * envelope says; 0 is none, and such a record is of the moment it is sent at. `ce_id` repeats with the record, so that a repeated append shows.
 */
export const cloudEventOf = <T>(topic: Topic<T>, partition: number, key: string, value: T): CloudEvent => {
  const carried = value as Carried & { sequence?: unknown; tick?: unknown };
  const timestampMs = typeof carried.timeMs === 'number' && carried.timeMs > 0 ? carried.timeMs : undefined;
  const named = typeof carried.source === 'string' ? carried.source : carried.by;
  const id = typeof carried.sequence === 'number' ? `${partition}-${carried.sequence}` : String(timestampMs ?? 0);
  const kind = carried.tick != null && carried.event == null ? '.tick' : '';
  const traceparent = carried.event?.traceparent ?? carried.event?.exchange?.traceparent;
  const headers: Record<string, string> = {
    'content-type': 'application/vnd.confluent.avro',
    ce_specversion: '1.0',
    ce_id: `${key}-${id}`,
    ce_type: `${topic.name}${kind}`,
    ce_source: typeof named === 'string' ? named : (topic.writers[0] ?? ''),
  };
  if (timestampMs !== undefined) headers['ce_time'] = new Date(timestampMs).toISOString();
  if (typeof traceparent === 'string') headers['traceparent'] = traceparent;
  return { timestampMs, headers };
};
