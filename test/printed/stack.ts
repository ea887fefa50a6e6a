import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { type ControllerClient, createControllerClient } from '../../cli/controller/client.ts';
import type { Stack } from '../../cli/story/stack.ts';
import { supportStory } from '../../cli/story/support-story.ts';
import { until } from '../../cli/until.ts';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { postJson, startWholeStack } from '../whole-stack.ts';
import { yamlBlocks } from './blocks.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 90_000;
/** The helpdesk's and a second ingress' ports are free ones, too. */
const HELPDESK_PORTS = ['9011', '9012'] as const;

const page = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** What a page prints as a document, by words in it. */
export const printedDocument = (file: string, has: string): string => {
  const found = yamlBlocks(file, page(file)).find((text) => text.includes(has));
  if (found === undefined) throw new Error(`no document in ${file} has ${has}`);
  return found;
};

/** Takes everything that an agent's own protocol may ask: for blocks that only show how a call looks. */
const startAnyAgent = async (): Promise<{ server: Server; url: string }> => {
  const server = createServer((request, response) => {
    request.resume();
    const isStream = request.headers.accept === 'text/event-stream';
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(isStream ? 'data: {"done":true}\n\n' : '{"stored":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** A folder in which commands are run as in a clone: the examples at ports of this test, and the files that pages name. */
const makeClone = (replaced: (text: string) => string, adminKeyFile: string): string => {
  const clone = mkdtempSync(path.join(tmpdir(), 'coalmine-printed-'));
  for (const name of readdirSync(ROOT))
    if (!name.startsWith('.') && name !== 'examples') symlinkSync(path.join(ROOT, name), path.join(clone, name));
  cpSync(path.join(ROOT, 'examples'), path.join(clone, 'examples'), { recursive: true });
  for (const file of ['agent.yaml', 'ask.ts']) {
    const given = page(`examples/helpdesk/${file}`);
    writeFileSync(path.join(clone, 'examples/helpdesk', file), replaced(given));
  }
  writeFileSync(path.join(clone, 'agent.yaml'), printedDocument('README.md', '# agent.yaml'));
  writeFileSync(path.join(clone, 'rollout.yaml'), printedDocument('README.md', '# rollout.yaml'));
  writeFileSync(path.join(clone, 'report.pdf'), '%PDF-1.7');
  cpSync(path.join(ROOT, 'examples/local-policy.yaml'), path.join(clone, 'policy.yaml'));
  // So curl ends with an error where it was answered with one, and waits for what was started the line before.
  mkdirSync(path.join(clone, 'home'));
  mkdirSync(path.join(clone, '.coalmine/data/controller'), { recursive: true });
  cpSync(adminKeyFile, path.join(clone, '.coalmine/data/controller/admin.key'));
  writeFileSync(
    path.join(clone, 'home/.curlrc'),
    'silent\nshow-error\nfail-with-body\nretry = 30\nretry-delay = 1\nretry-connrefused\nmax-time = 60\n',
  );
  return clone;
};

export type PrintedStack = {
  stack: Stack;
  controller: ControllerClient;
  /** Where commands are run. */
  clone: string;
  /** Where an ingress listens that a command starts. */
  ownIngressPort: number;
  /** A text of a page with the ports of this test. */
  replaced: (text: string) => string;
  ask: (user: string) => Promise<string>;
  stop: () => Promise<void>;
};

/** Documents of the support agent and of one that takes any call, at the ports of this test. */
const agentDocuments = (story: ReturnType<typeof supportStory>, stack: Stack, anyAgentUrl: string): string[] => {
  const support = story.agentDocument(stack.upstreamUrls) as { spec: object };
  const scored = parse(printedDocument('docs/rollouts.md', 'support-scored')) as { spec: { metrics: unknown } };
  const shop = parse(printedDocument('docs/rollouts.md', 'support-shop')) as { spec: { events: unknown } };
  const { metrics } = scored.spec;
  const { events } = shop.spec;
  const files = {
    apiVersion: 'coalmine/v1',
    kind: 'Agent',
    metadata: { name: 'files' },
    spec: { stable: 'v1', versions: ['v1', 'v2'].map((label) => ({ label, upstream: anyAgentUrl, code: label })) },
  };
  return [{ ...support, spec: { ...support.spec, metrics, events } }, files].map((document) =>
    JSON.stringify(document),
  );
};

/** What `npm start` starts, on ports of its own, with the support agent and no rollout. */
export const startPrintedStack = async (): Promise<PrintedStack> => {
  const story = supportStory({ seed: 1, swap: true, latencyScale: 0 });
  const [ownIngressPort = 0, ...helpdeskPorts] = await pickFreePorts(1 + HELPDESK_PORTS.length);
  const anyAgent = await startAnyAgent();
  const stack = await startWholeStack(story.upstreams, { judgeEnv: story.judgeEnv });
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL: registryUrl, REDIS_URL } = stack.parts.env;
  const hostOf = (url: string): string => new URL(url).host;
  const places: readonly [RegExp, string][] = [
    [/\b(?:127\.0\.0\.1|localhost):8080\b/g, hostOf(stack.ingressUrl)],
    [/\b127\.0\.0\.1:8090\b/g, hostOf(stack.controllerUrl)],
    [/\b127\.0\.0\.1:1?9092\b/g, KAFKA_BROKERS.split(',')[0]!],
    [/http:\/\/127\.0\.0\.1:8081\b/g, registryUrl],
    [/\b127\.0\.0\.1:18081\b/g, hostOf(registryUrl)],
    [/redis:\/\/127\.0\.0\.1:6379\b/g, REDIS_URL],
    ...HELPDESK_PORTS.map((port, i): [RegExp, string] => [new RegExp(`\\b${port}\\b`, 'g'), String(helpdeskPorts[i])]),
  ];
  const replaced = (text: string): string => places.reduce((all, [printed, ours]) => all.replace(printed, ours), text);
  const clone = makeClone(replaced, stack.adminKey.file);
  const controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  for (const body of agentDocuments(story, stack, anyAgent.url))
    await until('the controller to take an agent', () => controller.applyDocuments({ body }), READY_TIMEOUT_MS);
  const ask = async (user: string): Promise<string> => {
    const body = { model: 'support', user, messages: [{ role: 'user', content: 'Where is my order?' }] };
    const response = await postJson(`${stack.ingressUrl}/v1/chat/completions`, body);
    await response.text();
    return response.ok ? (response.headers.get('x-coalmine-exchange-id') ?? '') : '';
  };
  await until('the first answer', async () => (await ask('first')) || undefined, READY_TIMEOUT_MS);
  const stop = async (): Promise<void> => {
    anyAgent.server.close();
    await stack.stop();
    rmSync(clone, { recursive: true, force: true });
  };
  return { stack, controller, clone, ownIngressPort, replaced, ask, stop };
};
