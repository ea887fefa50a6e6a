import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { questionOf } from './questions.ts';

/*
 * Users of the helpdesk: asks the front door so many questions a second until it is stopped, and says every five seconds which
 * version answered how many.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080/agents/helpdesk/answer' },
    rate: { type: 'string', default: '50' },
  },
});
const SAY_EVERY_MS = 5_000;
const pauseMs = 1_000 / Number(values.rate);
const answered = new Map<string, number>();
const count = (by: string): void => void answered.set(by, (answered.get(by) ?? 0) + 1);

const ask = async (number: number): Promise<void> => {
  const { user, question } = questionOf(number);
  const response = await fetch(values.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-coalmine-subject': user },
    body: JSON.stringify({ question }),
  });
  await response.text();
  count(response.ok ? (response.headers.get('x-coalmine-version') ?? 'nobody') : `status ${response.status}`);
};

setInterval(() => {
  console.log([...answered].map(([by, times]) => `${by}: ${times}`).join(', '));
  answered.clear();
}, SAY_EVERY_MS);
for (let number = 0; ; number += 1) {
  ask(number).catch(() => count('no answer'));
  await sleep(pauseMs);
}
