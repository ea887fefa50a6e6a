import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ModelConfig } from '../../../judge/config.ts';
import type { AskModel } from '../../../judge/models/model-judge.ts';
import { parseJson } from '../../../openai/json-value.ts';

const Line = z.object({ key: z.string(), content: z.string() });

/** What judges replied before. */
export type JudgeReplies = {
  /** The judge, which is not asked twice in the same words. A reply that was kept costs nothing. */
  kept: (model: Pick<ModelConfig, 'url' | 'name'>, ask: AskModel) => AskModel;
};

const readLines = (file: string): Map<string, string> => {
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => Line.safeParse(parseJson(line)));
    return new Map(lines.flatMap(({ data }) => (data === undefined ? [] : [[data.key, data.content]])));
  } catch {
    return new Map();
  }
};

/**
 * Keeps judges' replies by what was asked, so that a run that was stopped pays for none of them again. The same words at temperature 0 ask for
 * the same verdict, whenever that was.
 */
export const openJudgeReplies = (folder: string, fresh: boolean): JudgeReplies => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'judge-replies.jsonl');
  if (fresh) rmSync(file, { force: true });
  const replies = readLines(file);
  return {
    kept:
      ({ url, name }, ask) =>
      async (prompt, maxTokens) => {
        const { messages } = prompt;
        const key = createHash('sha256').update(JSON.stringify({ url, name, messages, maxTokens })).digest('hex');
        const known = replies.get(key);
        if (known !== undefined) return { ok: true, content: known, promptTokens: 0, completionTokens: 0 };
        const reply = await ask(prompt, maxTokens);
        // Half a line of a run that was killed ends where this one begins.
        if (reply.ok && reply.cut === undefined)
          appendFileSync(file, `\n${JSON.stringify({ key, content: reply.content })}\n`, { mode: 0o600 });
        return reply;
      },
  };
};
