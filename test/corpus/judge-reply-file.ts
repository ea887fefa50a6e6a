import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parse as parseYaml } from 'yaml';
import { bytesOf } from './escaped-bytes.ts';

const FOLDER = path.join(import.meta.dirname, 'judge-replies');
const SECTION = /^### (reply|answer|expect)$/;

const Expected = z.strictObject({
  /** Of the verdict, on a scale of 1 to 5; null: there is none. Of two where the next one is another. */
  score: z.union([z.number().nullable(), z.tuple([z.number().nullable(), z.number().nullable()])]),
  /** Requests that one verdict takes, and then the next one. */
  requests: z.tuple([z.int(), z.int()]).default([1, 1]),
  /** The members of the last request beside model and messages. */
  asked: z.array(z.string()).default(['temperature', 'max_completion_tokens', 'response_format']),
  /** What the model's endpoint is asked to hold its reply to. */
  format: z.enum(['json_object', 'json_schema', 'text']).default('json_object'),
});

/** What a judge's model answers, one after the other, the last again and again; and what is to be made of it. */
export type JudgeReply = {
  id: string;
  title: string;
  answers: readonly { status: number; contentType: string; body: Buffer }[];
  expect: z.output<typeof Expected>;
};

type Section = { name: string; lines: string[] };

const answerOf = ({ name, lines }: Section): JudgeReply['answers'][number][] => {
  if (name === 'reply') {
    const content = bytesOf(lines.join('\n').replace(/\n+$/, '')).toString();
    const document = { object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content } }] };
    return [{ status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(document)) }];
  }
  const [, status, contentType = 'application/json'] = /^(\d{3})(?: (.+))?$/.exec(lines[0] ?? '') ?? [];
  if (status === undefined) throw new Error('an answer begins with its status');
  return [{ status: Number(status), contentType, body: bytesOf(lines.slice(1).join('\n').trimStart()) }];
};

/** A judge's reply as its file has it; README.md says how that is written. Throws if it is not. */
const judgeReplyOf = (id: string, text: string): JudgeReply => {
  const sections: Section[] = [];
  let title = '';
  for (const line of text.split('\n')) {
    const name = SECTION.exec(line)?.[1];
    if (name !== undefined) sections.push({ name, lines: [] });
    else if (sections.length > 0) sections.at(-1)!.lines.push(line);
    else title += line.replace(/^# ?/, ' ');
  }
  const expected = sections.find(({ name }) => name === 'expect');
  const answers = sections.filter((section) => section !== expected).flatMap(answerOf);
  if (title.trim() === '' || answers.length === 0) throw new Error(`${id}: a judge's reply has a title and an answer`);
  return { id, title: title.trim(), answers, expect: Expected.parse(parseYaml(expected?.lines.join('\n') ?? '')) };
};

export const allJudgeReplies = (): JudgeReply[] =>
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => judgeReplyOf(file.replace(/\.reply$/, ''), readFileSync(path.join(FOLDER, file), 'utf8')));
