import type { ChatServerOptions, Failure, Reply } from '../chat-api/chat-server.ts';
import { type ChatRequest, textOf } from '../chat-api/chat-request.ts';
import { seedOf, uniform } from '../chat-api/seeded.ts';
import { answerQuestion, isQuestion } from '../claims-judge/answer-question.ts';
import { judgeTask } from './judge-task.ts';

/** Shares in [0, 1] of requests refused with 429, and answered with something that is not JSON. */
export type JudgeOptions = { failShare: number; garbageShare: number };

const REMEMBERED_TRIES = 10_000;
const RETRY_AFTER_MS = '50';

/**
 * The judge as a chat server: applies rubrics to one answer or to two, and answers the questions of the built-in metrics. What it says depends on the task alone; whether a request meets a fault is drawn
 * from its content and from how often this process has seen that content, so that a retry can fare better.
 */
export function judgeServer({ failShare, garbageShare }: JudgeOptions): ChatServerOptions {
  const tries = new Map<string, number>();
  return {
    model: 'local-judge',
    fingerprint: 'local-judge-1',
    systemTokens: 0,
    reply: (request) => {
      const content = seedOf(JSON.stringify(request.messages));
      const seen = tries.get(content) ?? 0;
      tries.delete(content);
      tries.set(content, seen + 1);
      if (tries.size > REMEMBERED_TRIES) tries.delete(tries.keys().next().value ?? '');
      if (uniform(content, `fail ${seen}`) < failShare) return { failure: OVERLOADED };
      if (uniform(content, `garbage ${seen}`) < garbageShare) return say('Sure! I would say about a four out of fi');
      return judge(request);
    },
  };
}

const OVERLOADED: Failure = {
  status: 429,
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
  message: `The judge is overloaded. Try again in ${RETRY_AFTER_MS} ms.`,
  headers: { 'retry-after-ms': RETRY_AFTER_MS },
};

function judge(request: ChatRequest): Reply {
  const prompt = { messages: request.messages.map((message) => ({ role: message.role, content: textOf(message) })) };
  if (isQuestion(prompt)) return say(answerQuestion(prompt));
  const judged = judgeTask(request);
  if (!judged.ok) {
    const failure = { status: 400, type: 'invalid_request_error', code: 'no_judge_task', param: 'messages' };
    return { failure: { ...failure, message: judged.message } };
  }
  return say(JSON.stringify(judged.reply));
}

function say(content: string): Reply {
  return { answer: { content, toolCalls: [], latencyMs: 0 } };
}
