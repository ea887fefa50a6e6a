import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { requestOf } from '../bench/catalogue/customers.ts';
import { CANDIDATES } from '../bench/catalogue/registry.ts';
import { createControllerClient } from '../cli/controller/client.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { callEach, postJson, startWholeStack, untilServed } from './whole-stack.ts';

const root = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 120_000;
const ROLLOUT_TIMEOUT_MS = 120_000;
const PER_SECOND = 60;
const ENDINGS: ReadonlySet<string> = new Set(['promoted', 'rolled_back', 'inconclusive']);
const PLAYED = ['empty-answers', 'wrong-tool-name', 'refusals'] as const;

let stack: Stack;
const leaving = new AbortController();

const ask = async (number: number): Promise<void> => {
  const { body } = requestOf(1, number);
  const url = `${stack.ingressUrl}/v1/chat/completions`;
  const response = await postJson(url, { ...body, model: 'support' }, { signal: leaving.signal });
  await response.text();
};

const server = (name: string, args: readonly string[]) => ({
  name,
  script: 'bench/catalogue/server.ts',
  args,
  healthPath: '/livez',
});

const agentDocument = (): string => {
  const file = parse(readFileSync(path.join(root, 'examples/support/agent.yaml'), 'utf8'));
  const versions = ['v1', ...PLAYED].map((label) => ({
    label,
    upstream: stack.upstreamUrls.get(label),
    code: label,
    prompt: label,
  }));
  return JSON.stringify({ ...file, spec: { ...file.spec, versions } });
};
const rolloutDocument = (candidate: string): string =>
  JSON.stringify({
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name: candidate },
    spec: {
      agent: 'support',
      candidate,
      shadow: { duration: '10s' },
      stages: [
        { weightPct: 25, duration: '10s' },
        { weightPct: 50, duration: '20s' },
      ],
    },
  });

beforeAll(async () => {
  stack = await startWholeStack([server('v1', []), ...PLAYED.map((name) => server(name, ['--candidate', name]))]);
  await untilServed(stack, 'support', agentDocument());
  callEach(1_000 / PER_SECOND, (number) => void ask(number).catch(() => {}), leaving.signal);
}, START_TIMEOUT_MS);
afterAll(async () => {
  leaving.abort();
  await stack?.stop();
}, START_TIMEOUT_MS);

it.each(PLAYED)(
  '%s is stopped by what is wrong with it, on real parts',
  { timeout: ROLLOUT_TIMEOUT_MS },
  async (name) => {
    const controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
    await controller.applyDocuments({ body: rolloutDocument(name) });
    const ended = async () => {
      const rollout = await controller.getRollout({ params: { name } });
      return ENDINGS.has(rollout.state) ? rollout : undefined;
    };
    const { state, sentence } = await until(`the end of ${name}`, ended, ROLLOUT_TIMEOUT_MS);
    expect({ state, sentence }).toMatchObject({ state: 'rolled_back' });
    const { decisions } = await controller.listDecisions({ query: { agent: 'support', limit: 1 } });
    const found = CANDIDATES.find((one) => one.name === name);
    expect(found?.kind === 'broken' && found.metrics).toContain(decisions[0]?.metric);
  },
);
