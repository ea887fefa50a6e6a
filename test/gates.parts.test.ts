import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControllerClient, type ControllerClient } from '../cli/controller/client.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { questionOf } from '../examples/helpdesk/questions.ts';
import type { RolloutView } from '../schemas/controller-api.ts';
import { callEach, helpdesk, helpdeskUrl, postJson, startWholeStack, untilServed } from './whole-stack.ts';

const root = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 120_000;
const ROLLOUT_TIMEOUT_MS = 120_000;
const PER_SECOND = 60;
/** How many of each version's answers its users call resolved, in percent. */
const RESOLVED_PCT = new Map([
  ['v1', 90],
  ['v2', 90],
  ['v3', 45],
]);

let stack: Stack;
let controller: ControllerClient;
let hook: Server;
/** What the release check says, and what it was told. */
let answer = { status: 409, reason: 'change freeze until Monday' };
const told: unknown[] = [];
/** Ends the traffic. */
const leaving = new AbortController();
const refusals = new Set<string>();

const startHook = async (): Promise<string> => {
  hook = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      told.push(JSON.parse(text));
      response.writeHead(answer.status).end(JSON.stringify({ reason: answer.reason }));
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(hook.address() as AddressInfo).port}/gate`;
};

/** A user asks, and somebody says whether that resolved it. */
const askAndScore = async (number: number): Promise<void> => {
  const { user, question } = questionOf(number);
  const headers = { 'x-coalmine-subject': `${user}-${number}` };
  const response = await postJson(`${stack.ingressUrl}/agents/helpdesk/answer`, { question }, { headers });
  await response.text();
  const id = response.headers.get('x-coalmine-exchange-id');
  const version = response.headers.get('x-coalmine-version') ?? '';
  if (id === null) return;
  const scores = [{ metric: 'resolved', value: (number * 37) % 100 < (RESOLVED_PCT.get(version) ?? 0) }];
  const accepted = await postJson(`${stack.ingressUrl}/v1/feedback`, { exchange_id: id, scores });
  if (accepted.status !== 202) refusals.add(await accepted.text());
};

const agentDocument = (): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: helpdesk }
spec:
  stable: v1
  versions:
${['v1', 'v2', 'v3'].map((label) => `    - { label: ${label}, upstream: '${helpdeskUrl(stack, label)}', code: ${label}, prompt: ${label} }`).join('\n')}
  metrics:
    - { name: resolved, family: rate }
`;
const rolloutDocument = (candidate: string, more: string): string => `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: helpdesk-${candidate} }
spec:
  agent: helpdesk
  candidate: ${candidate}
  metrics: [{ name: error_rate }, { name: resolved }]
${more}`;

const seen = (name: string, what: string, isSo: (view: RolloutView) => boolean): Promise<RolloutView> =>
  until(
    what,
    async () => {
      const view = await controller.getRollout({ params: { name } });
      return isSo(view) ? view : undefined;
    },
    ROLLOUT_TIMEOUT_MS,
  );

beforeAll(async () => {
  process.env['CONTROLLER_CHECK_ENDPOINTS'] = `release=${await startHook()}`;
  stack = await startWholeStack([helpdesk('v1'), helpdesk('v2'), helpdesk('v3')]);
  controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  await untilServed(stack, 'helpdesk', agentDocument());
  const failed = (error: unknown): void => void refusals.add(String(error));
  callEach(1_000 / PER_SECOND, (number) => void askAndScore(number).catch(failed), leaving.signal);
}, START_TIMEOUT_MS);
afterAll(async () => {
  leaving.abort();
  hook?.close();
  await stack?.stop();
}, START_TIMEOUT_MS);

describe('a rollout on real parts', () => {
  it(
    'waits for a check and for a person, and is promoted once both have said yes',
    { timeout: ROLLOUT_TIMEOUT_MS },
    async () => {
      const more = `  stages: [{ weightPct: 50, duration: 3s }, { pause: {} }]
  checks: [{ name: freeze, webhook: { endpoint: release }, every: 1s }]
`;
      await controller.applyDocuments({ body: rolloutDocument('v2', more) });
      const held = await seen('helpdesk-v2', 'the check to hold it', ({ hold }) => hold !== null);
      expect(held.sentence).toContain(
        'On hold: check freeze does not pass: change freeze until Monday. v2 stays at 50 %',
      );
      expect(told.at(-1)).toMatchObject({ agent: 'helpdesk', candidate: 'v2', stable: 'v1', weightPct: 50 });
      answer = { status: 200, reason: 'approved by bob' };
      const waiting = await seen('helpdesk-v2', 'the planned pause', ({ state }) => state === 'paused');
      expect(waiting.sentence).toContain(
        'v2 waits at 50 % of the traffic for someone to resume (coalmine resume helpdesk-v2).',
      );
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['cli/coalmine.ts', 'resume', 'helpdesk-v2', '--url', stack.controllerUrl],
        { cwd: root, env: { ...process.env, CONTROLLER_KEY_FILE: stack.adminKey.file } },
      );
      expect(stdout).toBe('v2 goes on at 50 % of the traffic, resumed by local admin.\n');
      const ended = await seen('helpdesk-v2', 'the promotion', ({ endedAtMs }) => endedAtMs !== null);
      expect(ended).toMatchObject({ state: 'promoted', checks: [{ outcome: 'passed', reason: 'approved by bob' }] });
      expect([...refusals]).toEqual([]);
    },
  );

  it(
    'is rolled back by what clients post of their own metric, though nothing else differs',
    { timeout: ROLLOUT_TIMEOUT_MS },
    async () => {
      const more = '  stages: [{ weightPct: 50, duration: 60s }, { weightPct: 80, duration: 60s }]\n';
      await controller.applyDocuments({ body: rolloutDocument('v3', more) });
      const ended = await seen('helpdesk-v3', 'the end', ({ endedAtMs }) => endedAtMs !== null);
      expect(ended).toMatchObject({ state: 'rolled_back', last: { metric: 'resolved:rate:higher' } });
      expect(ended.sentence).toMatch(
        /^v3 is worse in resolved: \d+ of its \d+ scored answers did not count as resolved \([\d.]+ %\), and \d+ of v2's \d+ \([\d.]+ %\)\./,
      );
      expect([...refusals]).toEqual([]);
    },
  );
});
