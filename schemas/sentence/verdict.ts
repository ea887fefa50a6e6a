import type { Decision, Evidence } from '../decision.ts';
import { comparisonText, figuresText, looksNoWorse, phaseOf, type Sides, sliceText } from './comparison.ts';
import { asSentence, capitalized, chanceText, countText, strengthText, valueText } from './figures.ts';
import { metricWords } from './metric-words.ts';

/** What the sentence of a step is made of; a decision is one. */
export type Step = Pick<
  Decision,
  | 'type'
  | 'state'
  | 'stage'
  | 'reason'
  | 'metric'
  | 'slice'
  | 'logE'
  | 'logThreshold'
  | 'bounded'
  | 'evidence'
  | 'by'
  | 'candidate'
  | 'stable'
  | 'candidateRequests'
  | 'rollout'
  | 'timeMs'
  | 'pause'
  | 'arm'
  | 'checks'
> & { routing: { arms: readonly { name: string; version: string; weight: number }[] } };

export const sidesOf = ({ candidate, stable }: Pick<Step, 'candidate' | 'stable'>): Sides => ({
  candidate: candidate ?? 'the candidate',
  stable: stable ?? 'stable',
});

/** What the metric and slice of a verdict rest on: of shadow and canary the row that weighs more. Undefined in logs without it. */
export const decidingEntry = ({ metric, slice, evidence }: Pick<Step, 'metric' | 'slice' | 'evidence'>) =>
  evidence
    .filter((entry) => entry.metric === metric && entry.slice === slice)
    .toSorted((a, b) => strengthOf(b) - strengthOf(a))[0];

/** A broken threshold goes before all e-values: it stops a rollout of its own accord. */
const strengthOf = (entry: Evidence): number => {
  if (phaseOf(entry) === 'threshold') return entry.detail.includes('thresholds held') ? -Infinity : Infinity;
  return entry.weight > 0 && entry.logE !== null ? Math.log(entry.weight) + entry.logE : -Infinity;
};

/** What a verdict of "worse" says: what is worse with its figures, and how often such an alarm is false. */
export const harmSentences = (step: Step): string[] => {
  const sides = sidesOf(step);
  const entry = decidingEntry(step);
  if (step.candidate === null && step.reason.startsWith('arm ')) return armSentences(step, entry);
  if (entry === undefined) {
    const { worse } = metricWords(step.metric ?? '');
    return [`${sides.candidate} ${worse}${sliceText(step.slice ?? '')}.`];
  }
  if (phaseOf(entry) === 'threshold') return thresholdSentences(entry, sides);
  return [asSentence(comparisonText(entry, sides)), ...contradiction(entry, sides), ...alarmOf(step, sides.stable)];
};

const contradiction = (entry: Evidence, { candidate }: Sides): string[] =>
  looksNoWorse(entry)
    ? [
        `Over the whole rollout together it looks no worse: the alarm compares both minute by minute, and counts from when ${candidate} turned worse.`,
      ]
    : [];

const alarmOf = ({ logThreshold }: Step, stable: string, of = 'rollouts'): string[] =>
  logThreshold === null
    ? []
    : [
        `For a version as good as ${stable} such an alarm comes in at most ${chanceText(Math.exp(-logThreshold))} ${of}.`,
      ];

const LIMIT = /is (above|below) ([-+\d.e]+) \((\w+) [-+\d.e]+\)/;

const thresholdSentences = (entry: Evidence, sides: Sides): string[] => {
  const [, , limit, kind = ''] = LIMIT.exec(entry.detail) ?? [];
  const allowed =
    limit === undefined
      ? ''
      : `; ${kind.startsWith('max') ? 'at most' : 'at least'} ${valueText(entry.metric, Number(limit))} is allowed`;
  return [
    `${sides.candidate} breaks its threshold of ${metricWords(entry.metric).noun}: ${figuresText(entry, sides)}${allowed}.`,
    'A threshold bounds no error: how often it stops a version that is as good is not known.',
  ];
};

/** An experiment's arm that breaks a guardrail; arms are named in the reason and in the entries' details. */
const armSentences = (step: Step, found: Evidence | undefined): string[] => {
  const [, arm = '', control = ''] = /^arm (\S+) is worse than (\S+) in /.exec(step.reason) ?? [];
  const own = step.evidence.find(
    ({ metric, slice, detail }) => metric === step.metric && slice === step.slice && detail.startsWith(`${arm} `),
  );
  const entry = own ?? found;
  if (arm === '' || entry === undefined) return [asSentence(capitalized(step.reason))];
  const sides = { candidate: `arm ${arm}`, stable: control };
  return [capitalized(asSentence(comparisonText(entry, sides))), ...alarmOf(step, control, 'experiments')];
};

/** Of how many pairs the shadow speaks, by the metric that has most; 0 without a shadow. */
export const pairCount = (evidence: readonly Evidence[]): number =>
  Math.max(0, ...evidence.filter((e) => phaseOf(e) === 'shadow').map((e) => e.candidateCount));

/** What was seen of the candidate: pairs before the first stage, requests after it; '' where nothing was. */
export const seenText = ({ stage, evidence, candidateRequests }: Seen): string => {
  if (stage >= 0) return candidateRequests === null ? '' : ` in ${requestsText(candidateRequests)}`;
  const pairs = pairCount(evidence);
  return pairs === 0 ? '' : ` in ${countText(pairs)} pairs of answers`;
};
type Seen = { stage: number; evidence: readonly Evidence[]; candidateRequests: number | null };

/** What was known of a rollout that nothing has convicted when a person took a step; '' where nothing was. */
export const knownText = (step: Step): string => {
  const { logE, logThreshold, bounded, stage } = step;
  if (!bounded && stage >= 0) return '';
  const seen = seenText(step);
  if (seen === '' || logE === null || logThreshold === null || logE >= logThreshold) return '';
  const against = `evidence ${strengthText(logE)} of the ${strengthText(logThreshold)} that an alarm needs`;
  return `By then nothing was proven worse${seen} (${against}).`;
};

export const requestsText = (count: number): string => `${countText(count)} ${count === 1 ? 'request' : 'requests'}`;
