import canonicalize from 'canonicalize';
import { type Input, EXCHANGE_INPUT, FEEDBACK_INPUT, SCORE_INPUT, SHADOW_INPUT } from '../../analyzer/rows/inputs.ts';
import { partialsOf, windowsOf } from '../../analyzer/folds/whole-run.fixture.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { type FlatScore, flatScores } from '../../schemas/score.ts';
import { SCORES, WINDOWS } from '../../schemas/topics.ts';
import { windowKeyText } from '../../schemas/window.ts';
import { readAll, WINDOW_MS } from './rig.ts';

/** The windows that one clean run over the whole log makes, as text by key. */
export const replayedWindows = async (bus: Bus): Promise<Map<string, string | undefined>> => {
  const outPartitionOf = (agent: string): number => bus.partitionFor(agent, WINDOWS.partitions);
  const sizes = { windowMs: WINDOW_MS, graceMs: 0, outPartitions: WINDOWS.partitions, outPartitionOf };
  const partials = async <E>(input: Input<E>) => partialsOf(sizes, input, await readAll(bus, input.topic));
  const all = [
    ...(await partials(EXCHANGE_INPUT)),
    ...(await partials(SHADOW_INPUT)),
    ...(await partials(SCORE_INPUT)),
    ...(await partials(FEEDBACK_INPUT)),
  ];
  return new Map([...windowsOf(sizes, all)].map(([key, row]) => [key, canonicalize(row)]));
};

/** Every row in the topic as text, repeats included. */
export const writtenWindows = async (bus: Bus): Promise<{ key: string; text: string | undefined }[]> =>
  (await readAll(bus, WINDOWS))
    .flat()
    .flatMap(({ value }) => (value.event ? [{ key: windowKeyText(value.event), text: canonicalize(value) }] : []));

export const scoresOf = async (bus: Bus): Promise<FlatScore[]> =>
  (await readAll(bus, SCORES)).flat().flatMap(({ value }) => (value.event ? flatScores(value.event) : []));

/** What is wrong with the scores of live exchanges: each metric of the first must be scored under one id for every one. */
export const scoreFaults = (exchanges: readonly Exchange[], scores: readonly FlatScore[]): string[] => {
  const idsBy = new Map<string, Map<string, Set<string>>>();
  for (const { kind, exchangeId, metric, scoreId } of scores) {
    if (kind !== 'live') continue;
    const ofExchange = idsBy.get(exchangeId) ?? new Map<string, Set<string>>();
    idsBy.set(exchangeId, ofExchange.set(metric, (ofExchange.get(metric) ?? new Set()).add(scoreId)));
  }
  const [first] = exchanges;
  const metrics = [...(idsBy.get(first?.exchangeId ?? '')?.keys() ?? [])];
  if (metrics.length === 0) return ['the first exchange has no scores'];
  return exchanges.flatMap(({ exchangeId }) =>
    metrics
      .map((metric) => ({ metric, ids: idsBy.get(exchangeId)?.get(metric)?.size ?? 0 }))
      .filter(({ ids }) => ids !== 1)
      .map(({ metric, ids }) => `${exchangeId} has ${ids} scores of ${metric}`),
  );
};
