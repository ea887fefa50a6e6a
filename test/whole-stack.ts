import path from 'node:path';
import { type Stack, type StackOptions, startStack } from '../cli/story/stack.ts';
import { createControllerClient } from '../cli/controller/client.ts';
import { until } from '../cli/until.ts';

const home = path.resolve(import.meta.dirname, '../.coalmine');
const READY_TIMEOUT_MS = 90_000;
type Upstream = StackOptions['upstreams'][number];

/**
 * All that `npm start` starts, at free ports, with windows of a second and these upstreams; it ends with its `stop`. The parts are its
 * own, whatever parts the environment names: what others have in theirs would be counted, too.
 */
export const startWholeStack = (
  upstreams: readonly Upstream[],
  { judgeEnv = () => ({}), env = {} }: Partial<Pick<StackOptions, 'judgeEnv' | 'env'>> = {},
): Promise<Stack> =>
  startStack({
    home,
    env,
    ports: 'free',
    ingressPort: 0,
    controllerPort: 0,
    keepIn: null,
    fresh: true,
    windowMs: 1_000,
    upstreams,
    judgeEnv,
    onProgress: () => {},
  });

/** Applies an agent's document; resolves once the front door serves the agent. */
export const untilServed = async ({ ingressUrl, controllerUrl, adminKey }: Stack, agent: string, body: string) => {
  const controller = createControllerClient(controllerUrl, adminKey.text);
  await until('the controller to take the agent', () => controller.applyDocuments({ body }), READY_TIMEOUT_MS);
  const isKnown = async (): Promise<true | undefined> =>
    (await (await fetch(`${ingressUrl}/v1/models`)).text()).includes(agent) || undefined;
  await until('the front door to know the agent', isKnown, READY_TIMEOUT_MS);
};

/** A version of the example's helpdesk. */
export const helpdesk = (name: string, manner = 'thorough'): Upstream => ({
  name,
  script: 'examples/helpdesk/main.ts',
  args: ['--manner', manner],
  healthPath: '/livez',
});

/** Where it answers: it speaks a protocol of its own, which has no `/v1`. */
export const helpdeskUrl = ({ upstreamUrls }: Stack, name: string): string =>
  (upstreamUrls.get(name) ?? '').replace(/\/v1$/, '');

export const postJson = (
  url: string,
  body: object,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** Calls with 1, 2, 3, … until `leaving`: each at its time, whether or not those before it have been answered. */
export const callEach = (everyMs: number, call: (number: number) => void, leaving: AbortSignal): void => {
  let number = 0;
  const timer = setInterval(() => call((number += 1)), everyMs);
  leaving.addEventListener('abort', () => clearInterval(timer));
};
