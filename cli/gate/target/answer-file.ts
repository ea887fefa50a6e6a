import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../openai/json-value.ts';
import type { Asked } from '../asking.ts';
import { type Answered, isReply, Reply } from '../reply.ts';
import { answersTarget } from './answers-target.ts';
import { replyOfRecorded } from './recorded-reply.ts';
import { type Target, TargetError } from './target.ts';

const Count = z.int().nonnegative().nullable().default(null);
const Repeat = z.int().nonnegative().default(0);

/** As a gate writes it. */
const Kept = z.object({ id: z.string(), repeat: Repeat, reply: Reply });
/** As people write it. */
const Written = z.strictObject({
  id: z.union([z.string(), z.number()]).transform(String),
  repeat: Repeat,
  answer: z.string().nullable().default(null),
  toolCalls: z
    .array(
      z.strictObject({
        name: z.string(),
        arguments: z.union([z.string(), z.record(z.string(), z.json())]).default({}),
      }),
    )
    .default([]),
  error: z.string().nullable().default(null),
  latencyMs: z.number().nonnegative().nullable().default(null),
  promptTokens: Count,
  completionTokens: Count,
});

const writtenReply = (row: z.output<typeof Written>): Reply =>
  replyOfRecorded({
    ...row,
    text: row.answer,
    calls: row.toolCalls.map(({ name, arguments: given }) => ({
      name,
      arguments: typeof given === 'string' ? given : JSON.stringify(given),
    })),
  });

const readRow = (file: string, line: number, text: string): { id: string; repeat: number; reply: Reply } => {
  const value = parseJson(text);
  const kept = Kept.safeParse(value);
  if (kept.success) return kept.data;
  const written = Written.safeParse(value);
  if (written.success) return { ...written.data, reply: writtenReply(written.data) };
  const [issue] = written.error.issues;
  throw new TargetError(
    `${file} line ${line} is no answer: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}; a line is like {"id": "q-1", "answer": "…"}`,
  );
};

/** Answers in a file, one a line: those that a gate saved, or such as `{"id": "q-1", "answer": "…"}`. */
export const openAnswerFile = (file: string): Target => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TargetError(`the answers in ${file} can't be read: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
  const answers = new Map<string, Answered[]>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const { id, repeat, reply } = readRow(file, index + 1, line);
    const ofCase = answers.get(id) ?? [];
    if (ofCase[repeat] !== undefined) throw new TargetError(`${file} line ${index + 1} answers ${id} a second time`);
    ofCase[repeat] = reply;
    answers.set(id, ofCase);
  }
  if (answers.size === 0) throw new TargetError(`${file} has no answer`);
  return answersTarget(path.basename(file), answers);
};

/** For later gates to compare with. */
export const writeAnswerFile = (file: string, asked: readonly Asked[]): void => {
  const lines = asked.flatMap(({ of: { id }, repeat, answered }) =>
    isReply(answered) ? [JSON.stringify({ id, repeat, reply: answered })] : [],
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
};
