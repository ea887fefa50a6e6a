import { parseArgs } from 'node:util';
import { z } from 'zod';
import { serveChat } from '../chat-api/chat-server.ts';
import { judgeServer } from './judge-server.ts';

const share = z.coerce.number().min(0).max(1).default(0);
const options = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  'fail-share': share,
  'garbage-share': share,
});

try {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { port: text, 'fail-share': text, 'garbage-share': text } });
  const parsed = options.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`--${String(issue?.path[0])}: ${issue?.message}. Shares are numbers from 0 to 1.`);
  }
  const { port, 'fail-share': failShare, 'garbage-share': garbageShare } = parsed.data;
  await serveChat(judgeServer({ failShare, garbageShare }), port);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
