import { afterEach, expect, it } from 'vitest';
import { parts } from '../../test/parts.ts';
import { createConversations } from './conversations.ts';
import type { Conversations } from './conversations.ts';
import { silentLog } from '../process/log.ts';

const { REDIS_URL } = parts();
const open: Conversations[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});
const conversations = (url = REDIS_URL): Conversations => {
  const made = createConversations({ redisUrl: url }, silentLog);
  open.push(made);
  return made;
};
const id = `resp_${process.pid}`;
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

it('one process knows the version of a conversation that another one began', async () => {
  const first = conversations();
  const second = conversations();
  let version: string | undefined;
  for (let round = 0; version === undefined; round++) {
    // Under another name each time, since what is said before the connection stands is kept by the first alone.
    first.remember('support', `${id}-${round}`, 'v2');
    await soon();
    version = await second.find('support', `${id}-${round}`);
  }
  expect(version).toBe('v2');
});

it('conversations of different agents are different', async () => {
  const first = conversations();
  first.remember('support', id, 'v2');
  expect(await first.find('other', id)).toBeUndefined();
});

it('without Redis each process knows its own, at once', () => {
  const alone = conversations('redis://127.0.0.1:9');
  alone.remember('support', id, 'v2');
  expect(alone.find('support', id)).toBe('v2');
  expect(alone.find('support', 'resp_unknown')).toBeUndefined();
});
