import { expect, it } from 'vitest';
import { GAUGES } from '../../schemas/topics.ts';
import { cloudEventOf } from './cloud-event.ts';

it('a record whose time is none is not kept as one of 1970, which Kafka would delete', () => {
  const gauge = { agent: 'a', version: '', gauge: 'gpu', value: 0, unit: '', by: 'controller', problem: 'away' };
  const of = (timeMs: number) => cloudEventOf(GAUGES, 0, 'k', { ...gauge, timeMs });
  expect(of(0).timestampMs).toBeUndefined();
  expect(of(0).headers).not.toHaveProperty('ce_time');
  expect(of(1_000)).toMatchObject({ timestampMs: 1_000, headers: { ce_time: '1970-01-01T00:00:01.000Z' } });
});
