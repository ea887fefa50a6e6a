import { afterAll, beforeAll, expect, it } from 'vitest';
import { createControllerClient, type ControllerClient } from '../cli/controller/client.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { questionOf } from '../examples/helpdesk/questions.ts';
import { callEach, helpdesk, helpdeskUrl, postJson, startWholeStack } from './whole-stack.ts';

const TIMEOUT_MS = 240_000;
/** As many as there are subject buckets. */
const HELD = 20;
const ROUNDS = 25;

let stack: Stack;
let controller: ControllerClient;
/** Ends the traffic. */
const leaving = new AbortController();
/** Of the arm `other`, the exchanges that one client keeps. */
const held: string[] = [];
/** Purchases that others reported and the front door took. */
let honest = 0;

const post = (route: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  postJson(`${stack.ingressUrl}${route}`, body, { headers });

const versionLine = (label: string): string =>
  `    - { label: ${label}, upstream: '${helpdeskUrl(stack, label)}', code: ${label}, prompt: ${label} }`;

const documents = (): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: helpdesk }
spec:
  stable: v1
  versions:
${['v1', 'v2'].map(versionLine).join('\n')}
  events:
    - { name: purchase }
---
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: tone }
spec:
  agent: helpdesk
  strategy: ab
  duration: 1h
  arms:
    - { name: stable, version: v1, weightPct: 50 }
    - { name: other, version: v2, weightPct: 50 }
  goal: { metric: event_purchase, by: count }
  minRequests: 100
`;

/** A user asks; one in ten buys, whichever version answered. */
const visit = async (number: number): Promise<void> => {
  const { question } = questionOf(number);
  const response = await post('/agents/helpdesk/answer', { question }, { 'x-coalmine-subject': `user-${number}` });
  await response.text();
  const id = response.headers.get('x-coalmine-exchange-id');
  if (id === null) return;
  if (number % 10 === 3) {
    const { status } = await post('/v1/feedback', { exchange_id: id, events: [{ name: 'purchase' }] });
    if (status === 202) honest += 1;
  } else if (response.headers.get('x-coalmine-version') === 'v2' && held.length < HELD) held.push(id);
};

/** What one client reports of an exchange that it keeps, in words that it never used before. */
const inventions = (round: number): { body: object; status: number }[] => [
  { body: { events: [{ name: 'purchase' }], tags: [`order ${round}`] }, status: 202 },
  { body: { thumbs: 'up', task_success: true, comment: `thanks ${round}` }, status: 202 },
  { body: { events: Array.from({ length: 16 }, (_, k) => ({ name: `n${round}_${k}` })) }, status: 400 },
  { body: { events: [{ name: 'purchase', value: 1e6 }] }, status: 400 },
];

/** Events and requests that the experiment has counted of its two arms together. */
const counted = async (): Promise<{ events: number; requests: number; sentence: string; isOver: boolean }> => {
  const { metrics, sentence, endedAtMs } = await controller.getRollout({ params: { name: 'tone' } });
  const { detail = '', candidateCount = 0, stableCount = 0 } = metrics[0] ?? {};
  const events = [...detail.matchAll(/\((\d+) events/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  return { events, requests: (candidateCount ?? 0) + (stableCount ?? 0), sentence, isOver: endedAtMs !== null };
};

beforeAll(async () => {
  stack = await startWholeStack([helpdesk('v1'), helpdesk('v2')]);
  controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  await until('the documents', () => controller.applyDocuments({ body: documents() }), 60_000);
  callEach(50, (number) => void visit(number).catch(() => {}), leaving.signal);
}, TIMEOUT_MS);
afterAll(async () => {
  leaving.abort();
  await stack?.stop();
}, TIMEOUT_MS);

it(
  'one client with twenty exchanges of an arm has twenty votes in an experiment, whatever it reports of them',
  { timeout: TIMEOUT_MS },
  async () => {
    await until('twenty exchanges', () => Promise.resolve(held.length === HELD || undefined), 60_000);
    for (let round = 1; round <= ROUNDS; round += 1)
      for (const { body, status } of inventions(round)) {
        const answers = await Promise.all(held.map((exchange_id) => post('/v1/feedback', { exchange_id, ...body })));
        expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
      }
    const honestSoFar = honest;
    // What was reported before them in the same partitions has been counted by then.
    const seen = await until(
      'ten purchases after the attack',
      async () => {
        const now = await counted();
        return now.requests >= 400 && now.events >= honestSoFar + 10 ? now : undefined;
      },
      90_000,
    );
    expect(seen.events).toBeLessThanOrEqual(honest + HELD);
    expect(seen).toMatchObject({ isOver: false, sentence: expect.stringContaining('Nobody has won yet') });
  },
);
