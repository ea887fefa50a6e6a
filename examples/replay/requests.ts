import { createHash } from 'node:crypto';
import type { Prompt } from './dataset.ts';

export type ReplayRequest = {
  readonly subject: string;
  readonly category: string;
  /** A chat-completions body without `model` and `stream`, which are the caller's. */
  readonly body: {
    messages: Prompt['messages'];
    tools: Prompt['tools'];
    user: string;
    metadata: { category: string; reference_id: string };
  };
};

/** Request `i` of the endless seeded sequence: a prompt drawn uniformly with replacement, asked by a subject of its own. */
export function replayRequest(prompts: readonly Prompt[], seed: number, i: number): ReplayRequest {
  const draw = createHash('sha256').update(`replay ${seed} ${i}`).digest().readUInt32BE(0);
  const prompt = prompts[Math.floor((draw / 2 ** 32) * prompts.length)];
  if (prompt === undefined) throw new Error('there are no prompts to draw from');
  const { category, referenceId, messages, tools } = prompt;
  const subject = `user-${seed}-${i}`;
  return {
    subject,
    category,
    body: { messages, tools, user: subject, metadata: { category, reference_id: referenceId } },
  };
}
