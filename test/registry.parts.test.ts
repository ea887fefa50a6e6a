import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControllerClient, type ControllerClient } from '../cli/controller/client.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { documentText } from '../cli/version/document-file.ts';
import { silentLog } from '../platform/process/log.ts';
import { connectRedis, redisReady } from '../platform/redis/redis.ts';
import { helpdesk, helpdeskUrl, postJson, startWholeStack, untilServed } from './whole-stack.ts';

const root = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 120_000;

let stack: Stack;
let controller: ControllerClient;
let folder: string;

const coalmine = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const access = { CONTROLLER_URL: stack.controllerUrl, CONTROLLER_KEY: stack.adminKey.text };
  const env = { ...process.env, ...stack.parts.env, ...access, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['cli/coalmine.ts', ...args], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
};

const agentFile = (): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: helpdesk }
spec:
  stable: v1
  versions:
    - { label: v1, upstream: '${helpdeskUrl(stack, 'v1')}', prompt: { file: v1.md }, code: { folder: . } }
    - { label: v2, upstream: '${helpdeskUrl(stack, 'v2')}', prompt: be brief, code: { folder: . } }
  http: { requestPath: /question, answerPath: /reply, replay: [/answer] }
`;
const pidOfController = (): number =>
  Number(readFileSync(path.join(stack.logFolder, 'controller.pid'), 'utf8').split('-')[0]);

beforeAll(async () => {
  stack = await startWholeStack([helpdesk('v1'), helpdesk('v2')]);
  controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
  writeFileSync(path.join(folder, 'v1.md'), 'Answer thoroughly.\n');
  writeFileSync(path.join(folder, 'agent.yaml'), agentFile());
}, START_TIMEOUT_MS);
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

describe('the registry on a real Kafka', { timeout: START_TIMEOUT_MS }, () => {
  it('is traced to from an answer, and known to the next controller when one is killed and Redis is empty', async () => {
    const file = path.join(folder, 'agent.yaml');
    expect((await coalmine('version', 'create', '-f', file)).stdout).toMatch(/v1: created.*\n.*v2: created/);
    expect((await coalmine('apply', file)).stdout).toBe('Agent helpdesk: registered\n');
    await untilServed(stack, 'helpdesk', await documentText(file));
    const measured = [{ caseId: 'a', cluster: 'a', slices: {}, repeat: 0, values: { latency: { value: 1 } } }];
    const baseline = { name: 'golden', version: 'v1', measured, answers: { a: 'hello' } };
    await controller.recordBaseline({ params: { agent: 'helpdesk' }, body: baseline });
    await controller.createDataset({ params: { agent: 'helpdesk' }, body: { name: 'golden', content: '{"id":"a"}' } });

    const asked = await postJson(`${stack.ingressUrl}/agents/helpdesk/answer`, { question: 'Where is my printer?' });
    const exchangeId = asked.headers.get('x-coalmine-exchange-id') ?? '';
    const reply = await asked.text();
    const traced = await until(
      'the exchange and its scores to be in the topics',
      async () => {
        const { stdout } = await coalmine('trace', exchangeId);
        return stdout.includes('\nscores\n') ? stdout : undefined;
      },
      60_000,
    );
    expect(traced).toContain(`exchange ${exchangeId}`);
    expect(traced).toContain('Where is my printer?');
    expect(traced).toContain((JSON.parse(reply) as { reply: string }).reply.split('\n')[0]);
    expect(traced).toMatch(/\nversion v1 \([0-9a-f]{64}\)\n[^]*folder:sha256:[^]*Answer thoroughly\./);
    expect(traced).toMatch(/\ndecision in force\n.*register by/);

    const before = await controller.exportRegistry({});
    const view = await controller.getVersion({ params: { agent: 'helpdesk', version: 'v1' } });
    expect(view).toMatchObject({ isStable: true, content: { prompt: 'Answer thoroughly.\n' }, moves: [{}] });
    const pid = pidOfController();
    process.kill(pid, 'SIGKILL');
    const redis = connectRedis({ redisUrl: stack.parts.env['REDIS_URL'] ?? '' }, silentLog);
    await redisReady(redis);
    for (const key of await redis.keys('coalmine:routing:*')) await redis.del(key);
    redis.disconnect();
    const after = await until(
      'the next controller to have read the registry',
      async () => {
        if (pidOfController() === pid) return undefined;
        const exported = await controller.exportRegistry({});
        return exported.versions.length > 0 && exported.baselines.length > 0 ? exported : undefined;
      },
      60_000,
    );
    expect(after).toEqual(before);
    const seen = () => controller.getVersion({ params: { agent: 'helpdesk', version: 'v1' } });
    expect(
      await until('it to have read the decisions', async () => ((await seen()).isStable ? seen() : undefined), 60_000),
    ).toEqual(view);
    expect((await coalmine('version', 'create', '-f', file)).stdout).toMatch(/v1: unchanged.*\n.*v2: unchanged/);
  });
});
