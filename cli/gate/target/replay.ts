import { messageOf } from '../../../schemas/error-message.ts';
import path from 'node:path';
import { z } from 'zod';
import { loadDataset } from '../../../examples/replay/dataset.ts';
import type { Prices } from '../prices.ts';
import { jsonFileOf } from '../dataset/reader.ts';
import { QUESTIONS_FILE } from '../dataset/pubmedqa.ts';
import { answersTarget } from './answers-target.ts';
import { type RecordedAnswer, replyOfRecorded } from './recorded-reply.ts';
import { type Target, TargetError } from './target.ts';

type Answers = ReadonlyMap<string, RecordedAnswer>;

/** What a model of the leaderboard answered: `bfcl-result/<model>`, with the questions in `bfcl/` beside. */
const bfclAnswers = (folder: string): Answers => {
  const { answers } = loadDataset(path.dirname(folder), path.basename(folder));
  return new Map(
    [...answers].map(([id, { content, calls, error, latencyMs, inputTokens, outputTokens }]) => [
      id,
      { text: content, calls, error, latencyMs, promptTokens: inputTokens, completionTokens: outputTokens },
    ]),
  );
};

/** How people answered PubMedQA's questions: by the abstract alone, and by its conclusion as well (Jin et al. 2019, section 3.2). */
const ANSWERERS = { reasoning_required: 'reasoning_required_pred', reasoning_free: 'reasoning_free_pred' } as const;
const isAnswerer = (name: string): name is keyof typeof ANSWERERS => Object.hasOwn(ANSWERERS, name);

const pubmedqaAnswers = (folder: string): Answers => {
  const name = path.basename(folder);
  if (!isAnswerer(name))
    throw new TargetError(
      `PubMedQA has no answerer ${name}: give its folder followed by one of ${Object.keys(ANSWERERS).join(', ')}, as in pubmedqa/reasoning_free`,
    );
  const field = ANSWERERS[name];
  const file = path.join(path.dirname(folder), QUESTIONS_FILE);
  const rows = jsonFileOf(file, z.record(z.string(), z.looseObject({ [field]: z.string() })));
  return new Map(
    Object.entries(rows).map(([id, row]) => [
      id,
      { text: String(row[field]), calls: [], error: null, latencyMs: null, promptTokens: null, completionTokens: null },
    ]),
  );
};

const READERS = { bfcl: bfclAnswers, pubmedqa: pubmedqaAnswers } as const;
export type ReplayFormat = keyof typeof READERS;

const answersIn = (folder: string, format: ReplayFormat): Answers => {
  try {
    return READERS[format](folder);
  } catch (error) {
    throw new TargetError(messageOf(error), { cause: error });
  }
};

/** Answers that others recorded. Throws a TargetError where they are not there. */
export const openReplay = (folder: string, format: ReplayFormat, prices: Prices = null): Target => {
  const replies = [...answersIn(path.resolve(folder), format)].map(
    ([id, answer]) => [id, [replyOfRecorded(answer)]] as const,
  );
  return answersTarget(`replay:${path.basename(folder)}`, new Map(replies), prices);
};
