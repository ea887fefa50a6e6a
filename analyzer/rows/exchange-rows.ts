import { tokensPerSecond } from '../../openai/tokens-per-second.ts';
import { totalTokens } from '../../openai/total-tokens.ts';
import { isFailure, isRandom, type MeasuredExchange, servedAsAssigned } from '../../schemas/exchange.ts';
import type { Contribution, Described, Observed } from './contribution.ts';

/** The answer's measures in the units of their metrics; what was not measured is left out. */
const measures = (exchange: MeasuredExchange): [metric: string, value: number][] => {
  const { latencyMs, firstByteMs, costUsd } = exchange;
  const found: [string, number][] = [['latency', latencyMs / 1_000]];
  if (exchange.stream && firstByteMs !== null) found.push(['first_token', firstByteMs / 1_000]);
  if (costUsd !== null) found.push(['cost', costUsd * 1_000]);
  const tokens = totalTokens(exchange);
  if (tokens !== null) found.push(['tokens', tokens / 1_000]);
  const perSecond = tokensPerSecond(exchange);
  if (perSecond !== null) found.push(['throughput', perSecond]);
  return found;
};

/** Told, so that a rollout can say why it sees nothing; no verdict rests on it. */
const UNVOUCHED: readonly Observed[] = [{ metric: 'unvouched', status: 'scored', value: 1, delta: null }];

const whoseOf = (exchange: MeasuredExchange): Omit<Contribution, 'slices' | 'observed'> => ({
  agent: exchange.agent,
  rollout: exchange.rollout,
  routingSequence: exchange.routingSequence,
  version: exchange.assignedVersion,
  arm: exchange.assignedArm,
  kind: 'live',
  subjectBucket: exchange.subjectBucket,
  exchangeId: exchange.exchangeId,
});

const hasBegun = ({ stream, firstByteMs }: MeasuredExchange): boolean => stream && firstByteMs !== null;

/**
 * What a live exchange says of its assigned arm.
 *
 * Every random request of a caller who may name subjects counts in `error_rate`, by intention to treat: the arm was given it, so whatever became of it is
 * the arm's. Bad is a failed answer (4xx among them, but for what the request provoked), any answer that another arm had to give, and a client that left
 * before any content: else an arm that hangs until its users give up would look well. A client that left later counts as
 * not bad; leaving it out would shorten the denominator against the requests accepted (coverage). Of streams it counts in `left_midway`: a
 * version whose streams never end, and give signs of life, has users who leave and nothing else. Latency, cost, tokens
 * and throughput are those of complete answers by the assigned arm only. One whose version has prices and that does not tell all of its tokens
 * has a cost that nobody knows, which is missing coverage.
 */
export const describeExchange = (exchange: MeasuredExchange): Described => {
  if (!isRandom(exchange)) return 'not_random';
  if (!exchange.vouched) return [{ ...whoseOf(exchange), slices: {}, observed: UNVOUCHED }];
  const gaveUp = exchange.outcome === 'client_abort' && exchange.firstByteMs === null;
  const failed = isFailure(exchange.outcome) && !exchange.provoked;
  const isBad = failed || gaveUp || !servedAsAssigned(exchange);
  const scored = (metric: string, value: number): Observed => ({ metric, status: 'scored', value, delta: null });
  const observed = [scored('error_rate', isBad ? 1 : 0)];
  if (hasBegun(exchange) && !isBad) observed.push(scored('left_midway', exchange.outcome === 'client_abort' ? 1 : 0));
  if (exchange.outcome === 'ok' && servedAsAssigned(exchange)) {
    for (const [metric, value] of measures(exchange)) observed.push(scored(metric, value));
    if (exchange.costUsd === null) observed.push({ metric: 'cost', status: 'error' });
  }
  return [{ ...whoseOf(exchange), slices: exchange.slices, observed }];
};
