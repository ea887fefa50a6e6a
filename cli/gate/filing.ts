import { stringify } from 'yaml';
import type { RequestTo } from '../../schemas/controller-api.ts';
import { redactText } from '../../privacy/redact.ts';
import { type GateDocument, WORST_QUESTIONS, type WorstQuestion } from '../../schemas/gate-document.ts';
import type { ControllerClient } from '../controller/client.ts';
import { type GateResult, headlineOf, type WorstCase } from './gate-result.ts';
import type { GateRow } from './verdict/gate-row.ts';
import { shortened } from '../output/plain.ts';
import { rowCells } from './report/row-cells.ts';
import type { Value } from './measured.ts';
import { measuredOf, type Scored } from './scoring.ts';
import type { Mask } from './secrets.ts';
import { answerText } from './text-of.ts';

const MAX_SUMMARY = 2_000;
const MAX_ROWS = 200;
const MAX_SLICE = 600;
const MAX_SENTENCE = 1_000;
/** So that five hundred of them fit the registry's entry, with all that was measured. */
const MAX_ANSWER = 400;
const MAX_REASON = 200;

const rowOf = (row: GateRow): GateDocument['spec']['metrics'][number] => {
  const { slice, limit } = rowCells(row);
  const { name: metric, candidate, baseline, difference, p, counts, verdict, sentence } = row;
  return {
    metric,
    slice: shortened(slice, MAX_SLICE),
    candidate,
    baseline,
    difference,
    p,
    threshold: limit,
    n: counts.used,
    verdict,
    sentence: shortened(sentence, MAX_SENTENCE),
  };
};

/** What blocks stands first, for there is room for so many alone. */
const mostTelling = (rows: readonly GateRow[]): GateRow[] => {
  const order = ['fail', 'inconclusive', 'pass'] as const;
  return order.flatMap((verdict) => rows.filter((row) => row.verdict === verdict)).slice(0, MAX_ROWS);
};

const excerpt = (text: string): string => shortened(redactText(text), WORST_QUESTIONS.textChars);

/** As bodies of exchanges are: whoever may see the gate may see it. */
const worstOf = ({ id, question, golden, candidate, baseline, findings }: WorstCase): WorstQuestion => ({
  id: excerpt(id),
  question: excerpt(question),
  golden: excerpt(golden),
  candidate: excerpt(candidate),
  baseline: baseline === null ? null : excerpt(baseline),
  findings: findings
    .slice(0, WORST_QUESTIONS.findings)
    .map((finding) => shortened(redactText(finding), WORST_QUESTIONS.findingChars)),
});

const datasetOf = ({ plan, dataset }: GateResult): { name: string; id: string } => ({ name: plan, id: dataset.id });

/** Which version the verdict is about. `id`: of the content that was asked, where the controller knows it. */
export type JudgedVersion = { label: string; id?: string };

/** The verdict as the document that a rollout with a `gate` waits for. */
export const gateDocument = (result: GateResult, { label, id }: JudgedVersion): object => ({
  apiVersion: 'coalmine/v1',
  kind: 'Gate',
  metadata: { name: result.plan },
  spec: {
    agent: result.agent,
    version: label,
    ...(id === undefined ? {} : { versionId: id }),
    passed: result.verdict.verdict === 'pass',
    verdict: result.verdict.verdict,
    cases: result.dataset.cases,
    summary: shortened(headlineOf(result), MAX_SUMMARY),
    dataset: datasetOf(result),
    metrics: mostTelling(result.verdict.rows).map(rowOf),
    worst: result.worst.slice(0, WORST_QUESTIONS.questions).map(worstOf),
  },
});

/** Tells the controller, and gives back what became of it there. Rejects with a sentence for the user. */
export const fileVerdict = async (
  controller: ControllerClient,
  result: GateResult,
  version: JudgedVersion,
): Promise<string> => {
  const { applied } = await controller.applyDocuments({ body: stringify(gateDocument(result, version)), query: {} });
  const [filed] = applied;
  const note = filed?.note ? `; ${filed.note}` : '';
  return `filed with the controller: gate of ${result.agent} ${version.label} ${filed?.result ?? ''}${note}`;
};

type Baseline = RequestTo<'recordBaseline'>['body'];

/** Of what the plan does not ask for only values are worth the room. */
const valuesOf = (scored: Scored, names: ReadonlySet<string>): Baseline['measured'][number]['values'] =>
  Object.fromEntries(
    Object.entries(scored.values).flatMap(([name, value]): [string, Value][] => {
      if ('value' in value) return [[name, value]];
      return names.has(name) ? [[name, { ...value, reason: shortened(value.reason, MAX_REASON) }]] : [];
    }),
  );

/** Records what was measured as the baseline of the plan, in the place of the one before. Rejects with a sentence for the user. */
export const recordBaseline = async (
  controller: ControllerClient,
  result: GateResult,
  candidate: readonly Scored[],
  version: string | undefined,
  mask: Mask,
): Promise<string> => {
  const { plan: name, agent, verdict } = result;
  const names = new Set(verdict.rows.map((row) => row.name));
  const measured = candidate.map((one) => ({
    ...measuredOf(one, Object.keys(one.asked.of.slices)),
    values: valuesOf(one, names),
  }));
  const answers = Object.fromEntries(
    candidate.flatMap(({ asked: { of, repeat, answered } }) =>
      repeat === 0 ? [[of.id, shortened(mask(answerText(answered)), MAX_ANSWER)]] : [],
    ),
  );
  const body = { name, ...(version === undefined ? {} : { version }), dataset: datasetOf(result), measured, answers };
  await controller.recordBaseline({ params: { agent }, body });
  return `recorded as the baseline of ${name}${version === undefined ? '' : `, of ${version}`}: later gates compare with it by --baseline registry`;
};
