import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadDataset } from '../../../examples/replay/dataset.ts';
import { body } from '../../../schemas/exchange.fixture.ts';
import { completionOf, exchangeOf } from '../../answers/exchange.fixture.ts';
import { answersOf } from '../../answers/scorable-answer.ts';
import type { ScorableAnswer } from '../../answers/scorable-answer.ts';
import { calling } from './labelled-case.fixture.ts';

/**
 * Every answer that others recorded in ../shared/data, as the judge would read it. What nobody asked of a recorded row (its
 * request is not in the data) is asked in its stead.
 */

export const RECORDED_DIR = '../shared/data';
export const HAS_RECORDED = existsSync(RECORDED_DIR);

export type RecordedAnswer = { set: string; id: string; answered: ScorableAnswer };

type Json = Readonly<Record<string, unknown>>;
type Message = { role: string; content: unknown };

const textIn = (...names: string[]): string => readFileSync(path.join(RECORDED_DIR, ...names), 'utf8');
const jsonIn = (...names: string[]): unknown => JSON.parse(textIn(...names));
const linesIn = (...names: string[]): unknown[] =>
  textIn(...names)
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

const recorded = (set: string, id: string, request: Json, message: Json): RecordedAnswer => ({
  set,
  id,
  answered: answersOf({
    exchange: exchangeOf({
      requestBody: body(JSON.stringify({ model: 'support', ...request })),
      responseBody: completionOf({ role: 'assistant', ...message }),
    }),
    shadow: null,
  }).live,
});

const said = (set: string, id: string, messages: readonly Message[], content: string): RecordedAnswer =>
  recorded(set, id, { messages }, { content });

/** Three models of the function-calling leaderboard. */
const bfcl = (): RecordedAnswer[] => {
  const replay = path.join(RECORDED_DIR, 'bfcl-result');
  return readdirSync(replay).flatMap((model) => {
    const { prompts, answers } = loadDataset(replay, model);
    return prompts.flatMap(({ referenceId, messages, tools }) => {
      const { content, calls, error } = answers.get(referenceId)!;
      if (error !== null) return [];
      const message =
        content === null ? calling(...calls.map((call) => [call.name, call.arguments] as const)) : { content };
      return [recorded(`bfcl ${model}`, referenceId, { messages, tools }, message)];
    });
  });
};

/** An agent's turns in a support conversation, each after what stands before it. */
const tau = (): RecordedAnswer[] => {
  const trials = jsonIn('tau-bench', 'gpt-4o-airline.json') as {
    task_id: number;
    trial: number;
    traj: (Message & Json)[];
  }[];
  return trials.flatMap(({ task_id: task, trial, traj }) =>
    traj.flatMap((message, i) =>
      message.role === 'assistant'
        ? [recorded('tau-bench', `task ${task}, trial ${trial}, ${i}`, { messages: traj.slice(0, i) }, message)]
        : [],
    ),
  );
};

const pubmed = (): RecordedAnswer[] =>
  Object.entries(
    jsonIn('pubmedqa', 'ori_pqal.json') as Record<
      string,
      { QUESTION: string; CONTEXTS: string[]; LONG_ANSWER: string }
    >,
  ).map(([id, row]) => said('pubmedqa', id, [user([...row.CONTEXTS, row.QUESTION].join('\n\n'))], row.LONG_ANSWER));

const coqa = (): RecordedAnswer[] =>
  (
    jsonIn('autoevals', 'coqa-factuality.json') as {
      input: { input: string; output: string };
      metadata: { story: string };
    }[]
  ).map(({ input: { input, output }, metadata: { story } }, i) =>
    said('coqa', String(i), [user(`${story}\n\n${input}`)], output),
  );

const llmbar = (): RecordedAnswer[] =>
  ['LLMBar-Adversarial-Neighbor', 'LLMBar-Natural', 'Processed-MT-Bench'].flatMap((name) =>
    (jsonIn('llmbar', `${name}.json`) as { input: string; output_1: string; output_2: string }[]).flatMap((row, i) =>
      [row.output_1, row.output_2].map((output, k) =>
        said(`llmbar ${name}`, `${i}, output ${k + 1}`, [user(row.input)], output),
      ),
    ),
  );

const mtBench = (): RecordedAnswer[] => {
  const questions = new Map(
    (linesIn('mt-bench', 'question.jsonl') as { question_id: number; turns: string[] }[]).map((row) => [
      row.question_id,
      row.turns,
    ]),
  );
  return (
    linesIn('mt-bench', 'reference_gpt-4.jsonl') as { question_id: number; choices: { turns: string[] }[] }[]
  ).flatMap(({ question_id: id, choices }) => {
    const asked = questions.get(id) ?? [];
    const answers = choices[0]?.turns ?? [];
    return answers.map((answer, turn) => {
      const before = asked.slice(0, turn).flatMap((question, i) => [user(question), assistant(answers[i]!)]);
      return said('mt-bench', `${id}, turn ${turn}`, [...before, user(asked[turn] ?? 'Go on.')], answer);
    });
  });
};

/** People at a shop's help desk, who write as people do in a chat. */
const abcd = (): RecordedAnswer[] =>
  (jsonIn('abcd', 'abcd_sample.json') as { convo_id: number; original: [string, string][] }[]).flatMap(
    ({ convo_id: id, original }) =>
      original.flatMap(([who, text], i) => {
        if (who !== 'agent') return [];
        const before = original
          .slice(0, i)
          .filter(([role]) => role !== 'action')
          .map(([role, words]) => (role === 'agent' ? assistant(words) : user(words)));
        return [said('abcd', `${id}, ${i}`, before, text)];
      }),
  );

/** All of them; a few seconds to read. */
export const recordedAnswers = (): RecordedAnswer[] => [
  ...bfcl(),
  ...tau(),
  ...pubmed(),
  ...coqa(),
  ...llmbar(),
  ...mtBench(),
  ...abcd(),
];
