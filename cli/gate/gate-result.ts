import type { GateVerdict } from './verdict/verdict.ts';

/** One side of a gate: whom it asked, and how that went. */
export type SideSummary = {
  name: string;
  answers: number;
  /** Of these, how many are no whole answers. */
  failed: number;
  /** Of these, how many an earlier run had asked already. */
  kept: number;
  /** That took more than one asking. */
  retried: number;
  /** What the agent's own tokens cost, null where no prices are known. */
  costUsd: number | null;
  /** Which versions its answers say that they are of. */
  versions: readonly string[];
};

/** A question that speaks against the candidate, with both answers. Texts are as they came: whoever shows them escapes them. */
export type WorstCase = {
  id: string;
  /** In the dataset's file, from 1 on; 0 where it has no lines. */
  line: number;
  question: string;
  golden: string;
  candidate: string;
  /** Null without a baseline. */
  baseline: string | null;
  /** `tool_accuracy 0 (before: 1): 0 right calls; 1 expected, 1 made`. */
  findings: readonly string[];
};

export type JudgeCost = { model: string; questions: number; estimatedUsd: number; usd: number };

/** All that a report tells. */
export type GateResult = {
  plan: string;
  planFile: string;
  agent: string;
  /** `id`: the SHA-256 of its content. */
  dataset: { file: string; cases: number; id: string };
  candidate: SideSummary;
  baseline: SideSummary | null;
  verdict: GateVerdict;
  worst: readonly WorstCase[];
  judge: JudgeCost | null;
  /** What a reader should know beside the verdict. */
  remarks: readonly string[];
  tookMs: number;
};

export const HEADLINES = { pass: 'passed', fail: 'failed', inconclusive: 'inconclusive' } as const;

/** The verdict in one line, with what blocks it. */
export const headlineOf = ({ plan, verdict }: Pick<GateResult, 'plan' | 'verdict'>): string => {
  const blocking = verdict.rows.filter((row) => row.verdict === verdict.verdict);
  const [first] = blocking;
  if (verdict.verdict === 'pass' || first === undefined) return `Gate ${plan} ${HEADLINES[verdict.verdict]}`;
  const more = blocking.length > 1 ? ` (and ${blocking.length - 1} more)` : '';
  return `Gate ${plan} ${HEADLINES[verdict.verdict]}: ${first.sentence}${more}`;
};
