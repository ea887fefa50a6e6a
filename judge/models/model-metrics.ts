import { isNearBoundary } from './cascade.ts';
import type { JudgedMetric, Question } from '../questions/judged-metric.ts';
import { aggregatePair, isUndecided } from '../questions/pairwise.ts';
import {
  type AnswerPair,
  answerPairOf,
  liveFindingOf,
  pairFinding,
  pairPrompt,
  readPairReply,
} from '../questions/pairwise-rubric.ts';
import { type Prompt, promptText } from '../questions/prompt.ts';
import type { Rubric } from '../questions/rubric.ts';
import type { Judged, Scored, Scorer } from '../score-sheet.ts';
import type { ScorableAnswer } from '../answers/scorable-answer.ts';
import { failed, type Finding } from '../answers/finding.ts';
import { type Amount, estimateOf, NOTHING, sum } from './spend.ts';
import type { MayAsk } from './model-gate.ts';
import type { ModelJudge } from './model-judge.ts';

/** What a stage came to. A settled one needs no later stage. */
export type StageResult = { scores: readonly Judged[]; isSettled: boolean; spent: Amount };

/** One judge's turn. It never rejects. */
export type Stage = { estimate: Amount; run: (mayAsk: MayAsk) => Promise<StageResult> };

/** What models are asked of a subject, in turns until one is settled. No stage: there is nothing to say of this subject. */
export type ModelMetric = {
  metrics: readonly string[];
  stages: (live: ScorableAnswer, shadow: ScorableAnswer | null) => readonly Stage[];
};

/** The judges, the cheap one first, and how unsure a judge may be before the next one is asked. */
export type Panel = { judges: readonly ModelJudge[]; uncertainBand: number; minConfidence: number };

export const panelName = ({ judges }: Panel): string => `llm:${judges.map((judge) => judge.model).join('+')}`;

const scorerOf = (panel: Panel, judge: ModelJudge, scorerVersion: string, costUsd: number): Scorer => ({
  scorer: `llm:${judge.model}`,
  scorerVersion,
  costUsd,
  family: judge.family,
  panel: panelName(panel),
});

const estimateAll = ({ prices }: ModelJudge, prompts: readonly Prompt[]): Amount =>
  prompts.map((prompt) => estimateOf(prices, promptText(prompt), prompt.listed)).reduce(sum, NOTHING);

type Replied = { findings: readonly Finding[]; spent: Amount };

const failedAll = (metrics: readonly string[], reason: string): Finding[] =>
  metrics.map((metric) => ({ metric, ...failed(reason) }));

/** The questions about a subject's answers. Where one side can't be judged there is no pair, and nobody is asked about the other. */
const questionsOf = (metric: JudgedMetric, answers: readonly ScorableAnswer[]): readonly Question[] => {
  const questions = answers.map((answered) => metric.question(answered));
  const unanswerable = questions.find(
    (question) => question.kind === 'known' && question.findings.every(({ status }) => status !== 'scored'),
  );
  if (unanswerable?.kind !== 'known') return questions;
  const unasked = unanswerable.findings.map((finding): Finding => ({
    ...finding,
    status: 'not_applicable',
    isAbsent: true,
    reason: `not asked, for ${finding.reason}`,
  }));
  return questions.map((question) => (question.kind === 'known' ? question : { kind: 'known', findings: unasked }));
};

const answerBy = async (
  judge: ModelJudge,
  metric: JudgedMetric,
  question: Question,
  mayAsk: MayAsk,
): Promise<Replied> => {
  if (question.kind === 'known') return { findings: question.findings, spent: NOTHING };
  const { prompt } = question;
  const faultOf = (reply: string): string | null =>
    metric.read(reply, prompt).find(({ status }) => status === 'error')?.reason ?? null;
  const { reply, reason, spent } = await judge.ask(metric.metrics[0] ?? '', prompt, faultOf, mayAsk);
  return { findings: reply === null ? failedAll(metric.metrics, reason) : metric.read(reply, prompt), spent };
};

/** A question may settle several metrics; only its first score carries what it cost. */
const scoredAll = ({ findings, spent }: Replied, scorer: Scorer): Scored[] =>
  findings.map((finding, i) => ({ finding, scorer: { ...scorer, costUsd: i === 0 ? spent.usd : 0 } }));

/**
 * One answer at a time. Of a shadow both answers are judged by the same judge: if one of them is left to the next judge, so is
 * the other, because a difference between two judges is no difference between two answers.
 */
export const pointwiseMetric = (metric: JudgedMetric, panel: Panel): ModelMetric => ({
  metrics: metric.metrics,
  stages: (live, shadow) => {
    const questions = questionsOf(metric, shadow ? [shadow, live] : [live]);
    const prompts = questions.flatMap((question) => (question.kind === 'ask' ? [question.prompt] : []));
    return panel.judges.map((judge) => ({
      estimate: estimateAll(judge, prompts),
      run: async (mayAsk) => {
        const asked = questions.map((question) => answerBy(judge, metric, question, mayAsk));
        const [first, ofLive] = await Promise.all(asked);
        if (!first) throw new Error('a subject has at least one answer');
        const scorer = scorerOf(panel, judge, metric.version, 0);
        const lives = ofLive ? scoredAll(ofLive, scorer) : [];
        const scores = scoredAll(first, scorer).map((scored, i) => ({ scored, live: lives[i] ?? null }));
        const findings = [...first.findings, ...(ofLive?.findings ?? [])];
        const isSettled = prompts.length === 0 || !isNearBoundary(findings, panel.uncertainBand);
        return { scores, isSettled, spent: sum(first.spent, ofLive?.spent ?? NOTHING) };
      },
    }));
  },
});

type Compared = { finding: Finding; isSettled: boolean; spent: Amount };

/** Both orders, the shadow's answer standing first in the first one. */
const compare = async (
  judge: ModelJudge,
  rubric: Rubric,
  pair: AnswerPair,
  minConfidence: number,
  mayAsk: MayAsk,
): Promise<Compared> => {
  const ask = async (first: 'shadow' | 'live') => {
    const prompt = pairPrompt(rubric, pair, first);
    const faultOf = (text: string): string | null => {
      const read = readPairReply(text, prompt);
      return read.ok ? null : read.reason;
    };
    const { reply, reason, spent } = await judge.ask(rubric.metric, prompt, faultOf, mayAsk);
    return { verdict: reply === null ? { ok: false as const, reason } : readPairReply(reply, prompt), spent };
  };
  const [one, other] = await Promise.all([ask('shadow'), ask('live')]);
  const spent = sum(one.spent, other.spent);
  const { metric } = rubric;
  for (const { verdict } of [one, other])
    if (!verdict.ok) return { finding: { metric, ...failed(verdict.reason) }, isSettled: false, spent };
  if (!one.verdict.ok || !other.verdict.ok) throw new Error('both verdicts were read');
  const [first, swapped] = [one.verdict.value, other.verdict.value];
  const outcome = aggregatePair(first, swapped);
  const finding = pairFinding(rubric, pair, outcome, [first.reason, swapped.reason]);
  return { finding, isSettled: !isUndecided(outcome, minConfidence), spent };
};

/** A shadow's answer against the live one, in both orders. Of a live exchange alone there is nothing to compare, and no score. */
export const pairwiseMetric = (rubric: Rubric, panel: Panel): ModelMetric => ({
  metrics: [rubric.metric],
  stages: (live, shadow) => {
    if (!shadow) return [];
    const pair = answerPairOf(rubric, shadow, live);
    const scoresOf = (judge: ModelJudge, finding: Finding, usd: number): readonly Judged[] => [
      {
        scored: { finding, scorer: scorerOf(panel, judge, rubric.version, usd) },
        live: { finding: liveFindingOf(finding), scorer: scorerOf(panel, judge, rubric.version, 0) },
      },
    ];
    return panel.judges.map((judge) => {
      if ('status' in pair) {
        const known = { scores: scoresOf(judge, pair, 0), isSettled: true, spent: NOTHING };
        return { estimate: NOTHING, run: async () => known };
      }
      return {
        estimate: estimateAll(judge, [pairPrompt(rubric, pair, 'shadow'), pairPrompt(rubric, pair, 'live')]),
        run: async (mayAsk) => {
          const { finding, isSettled, spent } = await compare(judge, rubric, pair, panel.minConfidence, mayAsk);
          return { scores: scoresOf(judge, finding, spent.usd), isSettled, spent };
        },
      };
    });
  },
});
