import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { PartialRecord } from '../../schemas/window.ts';
import { EXCHANGE_INPUT, type Input, SCORE_INPUT } from '../rows/inputs.ts';
import { type FoldNote, type FoldParams, foldRecord, initialState, type Output } from './partition-fold.ts';
import { sampleExchange, START_MS } from './sample-log.fixture.ts';

export const WINDOW_MS = 10_000;

export const paramsOf = <E>(input: Input<E>, over: Partial<FoldParams<E>> = {}): FoldParams<E> => ({
  input,
  partition: 0,
  partitions: 4,
  outPartitions: 2,
  outPartitionOf: (agent) => (agent === 'support' ? 0 : 1),
  windowMs: WINDOW_MS,
  graceMs: 0,
  ...over,
});

/** @param timestampOf a record's Kafka timestamp, where it is not its time. */
export const foldAll = <E>(
  params: FoldParams<E>,
  log: readonly Stamped<E, Tick>[],
  timestampOf: (record: Stamped<E, Tick>) => number = ({ timeMs }) => timeMs,
) => {
  const state = initialState(params.outPartitions, params.input.rememberMs);
  const outputs: Output<PartialRecord>[] = [];
  const notes: FoldNote[] = [];
  log.forEach((record, offset) => {
    const step = foldRecord(params, state, offset, record, timestampOf(record));
    outputs.push(...step.outputs);
    notes.push(...step.notes);
  });
  return { state, outputs, notes };
};

/** The rows of all sheets, each with what its sheet says of it. */
export const rowsOf = (outputs: readonly Output<PartialRecord>[]) =>
  outputs.flatMap(({ record: { event } }) => {
    if (event === null) return [];
    const { rows, ...of } = event;
    return rows.map((row) => ({ ...of, ...row }));
  });
export const EXCHANGE_PARAMS = paramsOf(EXCHANGE_INPUT);
export const SCORE_PARAMS = paramsOf(SCORE_INPUT);

let counter = 0;
export const event = <E>(source: string, sequence: number, atMs: number, event: E): Stamped<E, Tick> => ({
  source,
  sequence,
  timeMs: START_MS + atMs,
  event,
  tick: null,
});
export const exchange = (source: string, sequence: number, atMs: number, over: Partial<Exchange> = {}) =>
  event(source, sequence, atMs, sampleExchange({ exchangeId: `x${++counter}`, ...over }));
export const tick = (source: string, sequence: number, atMs: number, accepted = 0): Stamped<never, Tick> => ({
  source,
  sequence,
  timeMs: START_MS + atMs,
  event: null,
  tick: {
    counters: {},
    arms:
      accepted > 0
        ? [{ agent: 'support', rollout: 'r1', routingSequence: 3, version: 'v1', arm: 'stable', accepted, dropped: 0 }]
        : [],
    share: null,
  },
});
