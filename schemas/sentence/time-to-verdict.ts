import type { TimeToVerdict, ToleranceField } from '../time-to-verdict.ts';
import { countText, plainText, shareText } from './figures.ts';
import { metricWords } from './metric-words.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

/** A guess of minutes: two digits at most, in the unit that a person would say. */
export const guessText = (minutes: number): string => {
  if (minutes < 100) return `${Math.max(1, rounded(minutes))} ${rounded(minutes) <= 1 ? 'minute' : 'minutes'}`;
  if (minutes < 2 * DAY) return `${plainText(rounded(minutes / HOUR))} hours`;
  return `${plainText(rounded(minutes / DAY))} days`;
};

const rounded = (value: number): number => Number(value.toPrecision(value < 10 ? 1 : 2));

/** A tolerance with what it is of: "2 % of errors". */
const toleranceText = (field: ToleranceField, value: number): string => {
  if (field === 'rateFloor') return shareText(value);
  return field === 'deltaMax' ? `a loss of ${plainText(value)}` : `${plainText(value)} times stable's`;
};

/** "12", "0.5": requests a minute as somebody would say them. */
const rateText = (perMinute: number): string => countOrPlain(rounded(perMinute));
const countOrPlain = (value: number): string => (value >= 1_000 ? countText(value) : plainText(value));
const requestsText = (count: number): string => countText(count < 100 ? count : Number(count.toPrecision(2)));

/**
 * How long a rollout needs if the candidate is as good as stable, by its data: "At 12 requests a minute this needs about 19 hours …", what takes
 * longest, and the one tolerance that would bring it within a day.
 */
export const timeSentences = (time: TimeToVerdict): string[] => {
  const { requestsPerMinute, requests, minutes, metrics } = time;
  const [slowest] = metrics;
  if (requestsPerMinute === null) {
    if (requests === null) return ['No traffic was seen yet.'];
    return [`No traffic was seen yet: it needs about ${requestsText(requests)} requests of the candidate.`];
  }
  const at = `At ${rateText(requestsPerMinute)} ${requestsPerMinute === 1 ? 'request' : 'requests'} a minute`;
  const silent = metrics.filter(({ applies }) => applies === 0).map(({ metric }) => metricWords(metric).noun);
  if (silent.length > 0) return [`How long it takes can't be told: no answer had a value yet of ${silent.join(', ')}.`];
  if (minutes === null || requests === null)
    return [`${at} it needs more than a month${ofSlowest(slowest)}.`, ...insteadSentence(time)];
  if (slowest === undefined && requests > 0) return [`${at} its stages take about ${guessText(minutes)}.`];
  if (slowest === undefined) return [];
  return [
    `${at} it needs about ${guessText(minutes)} more and ${requestsText(requests)} requests of the candidate, if that is as good as stable${ofSlowest(slowest)}.`,
    ...insteadSentence(time),
  ];
};

const ofSlowest = (slowest: TimeToVerdict['metrics'][number] | undefined): string =>
  slowest === undefined
    ? ''
    : `; ${metricWords(slowest.metric).noun} ${isAre(metricWords(slowest.metric).noun)} the slowest to prove`;

/** Nouns of metrics are told in the plural where they count things. */
const isAre = (noun: string): string => (/(s|answers)$/.test(noun) && !/(ss|likeness)$/.test(noun) ? 'are' : 'is');

const insteadSentence = ({ instead, metrics }: TimeToVerdict): string[] => {
  const now = metrics.find(({ metric }) => metric === instead?.metric)?.tolerance;
  if (instead === null || now === undefined) return [];
  const { noun } = metricWords(instead.metric);
  return [
    `With tolerance ${toleranceText(instead.field, instead.value)} instead of ${toleranceText(now.field, now.value)} (\`${instead.field}\` of ${noun}): about ${guessText(instead.minutes)}.`,
  ];
};

/** Of one metric what it still needs: ", about 450 more requests, 9 minutes"; '' where that can't be told. */
export const needText = (time: TimeToVerdict | null, metric: string): string => {
  const need = time?.metrics.find((one) => one.metric === metric);
  if (need === undefined || need.requests === null) return '';
  const requests = `, about ${requestsText(need.requests)} more requests`;
  return need.minutes === null ? requests : `${requests}, ${guessText(need.minutes)}`;
};
