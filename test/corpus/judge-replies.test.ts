import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createJudgeModel } from '../../judge/models/judge-model.io.ts';
import type { Prompt } from '../../judge/questions/prompt.ts';
import { rubricOf } from '../../judge/questions/rubric.ts';
import { rubricMetric } from '../../judge/questions/rubric-pointwise.ts';
import { allJudgeReplies, type JudgeReply } from './judge-reply-file.ts';

const REPLIES = allJudgeReplies();
const PROMPT: Prompt = {
  messages: [
    { role: 'system', content: 'Judge.' },
    { role: 'user', content: 'Is a temperature of 0 below the minimum?' },
  ],
  canary: '0123456789abcdef',
  replySchema: { type: 'object', properties: { score: { type: 'number', minimum: 1, maximum: 5 } } },
};
const SCALE = { min: 1, max: 5 };
const { read } = rubricMetric(
  rubricOf({
    apiVersion: 'coalmine/v1',
    kind: 'Rubric',
    metadata: { name: 'tone' },
    spec: {
      metric: 'tone',
      mode: 'pointwise',
      scale: SCALE,
      reference: false,
      criteria: [{ name: 'courtesy', description: '', points: 1 }],
    },
  }),
);

let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const serve = async (answers: JudgeReply['answers']) => {
  const asked: Record<string, unknown>[] = [];
  server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => (text += chunk.toString()));
    req.on('end', () => {
      const { status, contentType, body } = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(JSON.parse(text) as Record<string, unknown>);
      res.writeHead(status, { 'content-type': contentType }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
};

const scoreOf = (value: number | null | undefined): number | null =>
  typeof value === 'number' ? SCALE.min + value * (SCALE.max - SCALE.min) : null;

describe('a reply to the judge', () => {
  it.each(REPLIES.map((reply) => [reply.id, reply.title, reply] as const))('%s: %s', async (_, _title, reply) => {
    const { answers, expect: wanted } = reply;
    const { url, asked } = await serve(answers);
    const ask = createJudgeModel({ url, name: 'm', apiKey: '', timeoutMs: 5_000, replyFormat: wanted.format });
    const verdict = async (): Promise<number | null> => {
      const replied = await ask(PROMPT, 4_096);
      return replied.ok ? scoreOf(read(replied.content, PROMPT)[0]?.value) : null;
    };
    const scores = [await verdict()];
    const requests = [asked.length];
    scores.push(await verdict());
    requests.push(asked.length - requests[0]!);
    const { model: _model, messages: _messages, ...members } = asked.at(-1)!;
    expect({ scores, requests, asked: Object.keys(members) }).toEqual({
      scores: Array.isArray(wanted.score) ? wanted.score : [wanted.score, wanted.score],
      requests: wanted.requests,
      asked: wanted.asked,
    });
  });

  it('is of many kinds', () => expect(REPLIES.length).toBeGreaterThanOrEqual(30));
});
