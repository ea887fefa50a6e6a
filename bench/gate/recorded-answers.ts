import { existsSync } from 'node:fs';
import type { Measured, Value } from '../../cli/gate/measured.ts';
import { bfclDirOf, commonPrompts, loadDataset, type Prompt } from '../../examples/replay/dataset.ts';
import type { RecordedAnswer } from '../../examples/replay/recorded-answer.ts';
import { loadReferences, type Reference } from '../../judge/answers/references-bfcl.io.ts';
import type { ScorableAnswer } from '../../judge/answers/scorable-answer.ts';
import { createToolCallCheck, offeredFunctions, type ToolCallCheck } from '../../judge/answers/tool-schema.ts';
import { SCORERS } from '../../judge/scorers/registry.ts';
import { foundIn } from '../../judge/scorers/rule-scorer.ts';

const RECORDED_DIR = '../shared/data/bfcl-result';
/** The leaderboard's models, the oldest first. */
const MODELS = ['gpt-3.5-turbo-0125', 'gpt-4o-2024-05-13', 'gpt-4o-2024-08-06'] as const;
export type ModelName = (typeof MODELS)[number];

/** The scorers that are of use for calls of tools; others would read every answer's text for nothing. */
const METRICS: readonly string[] = ['error_rate', 'latency', 'tokens', 'task_success', 'tool_accuracy'];
const RULES = SCORERS.filter((scorer) => scorer.by === 'rules').filter(({ name }) => METRICS.includes(name));

/** What the leaderboard recorded was never redacted. */
const NO_MASKS: ReadonlySet<string> = new Set();

const scorableOf = ({ messages, tools }: Prompt, recorded: RecordedAnswer): ScorableAnswer => ({
  stream: false,
  outcome: recorded.error === null ? 'ok' : 'upstream_error',
  status: recorded.error === null ? 200 : 502,
  latencyMs: recorded.latencyMs,
  firstByteMs: recorded.latencyMs,
  costUsd: 0,
  promptTokens: recorded.inputTokens,
  completionTokens: recorded.outputTokens,
  rounds: 1,
  request: {
    ok: true,
    value: {
      lastUserText: messages.findLast(({ role }) => role === 'user')?.content ?? '',
      messages: messages.map(({ role, content }) => ({ role, text: content, toolCalls: [] })),
      offered: offeredFunctions(tools),
      offeredCustom: [],
      wantsJson: false,
      responseSchema: undefined,
      referenceAnswer: null,
      masks: NO_MASKS,
      mayEndAnywhere: false,
    },
  },
  answer: {
    ok: true,
    value: {
      text: recorded.content ?? '',
      toolCalls: recorded.calls.map((call, i) => ({ kind: 'function', id: `call_${i}`, problem: '', ...call })),
      refused: false,
      finishReason: null,
      isOfWords: true,
      hasMore: false,
      masks: NO_MASKS,
    },
  },
});

type Scoring = { references: ReadonlyMap<string, Reference>; check: ToolCallCheck };

const measuredOf = (prompt: Prompt, recorded: RecordedAnswer, { references, check }: Scoring): Measured => {
  const { referenceId: caseId, category } = prompt;
  const facts = { answered: scorableOf(prompt, recorded), reference: references.get(caseId), check };
  const found = foundIn(facts);
  const values = RULES.map((rule) => rule.find(found)).map(({ metric, status, value, reason }): [string, Value] => [
    metric,
    value === null ? { absent: status === 'error' ? 'error' : 'not_applicable', reason } : { value },
  ]);
  return { caseId, cluster: caseId, slices: { category }, repeat: 0, values: Object.fromEntries(values) };
};

/** What the judge's rules say of each model's recorded answers to the questions that all of them answered, in one order. */
export type RecordedAnswers = Readonly<Record<ModelName, readonly Measured[]>>;

/** Null where the recorded answers are absent. */
export const loadRecordedAnswers = (): RecordedAnswers | null => {
  if (!existsSync(RECORDED_DIR)) return null;
  const scoring = { references: loadReferences(bfclDirOf(RECORDED_DIR)), check: createToolCallCheck() };
  const datasets = MODELS.map((model) => loadDataset(RECORDED_DIR, `${model}-FC`));
  const prompts = commonPrompts(datasets[0]!, ...datasets.slice(1));
  const answersOf = (model: ModelName): readonly Measured[] => {
    const { answers } = datasets[MODELS.indexOf(model)]!;
    return prompts.map((prompt) => measuredOf(prompt, answers.get(prompt.referenceId)!, scoring));
  };
  return {
    'gpt-3.5-turbo-0125': answersOf('gpt-3.5-turbo-0125'),
    'gpt-4o-2024-05-13': answersOf('gpt-4o-2024-05-13'),
    'gpt-4o-2024-08-06': answersOf('gpt-4o-2024-08-06'),
  };
};
