import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerClient } from '../../cli/controller/client.ts';

/** Documents that are applied again and again, sound ones and hostile ones, with the commands in between. */

export const CHANGED = 'changing';
const PAUSE_MS = 300;
const API = 'coalmine/v1';

export const agentDocument = (name: string, upstream: string, labels: readonly string[]): string =>
  JSON.stringify({
    apiVersion: API,
    kind: 'Agent',
    metadata: { name },
    spec: { stable: labels[0], versions: labels.map((label) => ({ label, upstream, code: label })) },
  });

/** The candidate answers copies of a part of the requests for as long as the run takes. */
export const shadowDocument = (agent: string): string =>
  JSON.stringify({
    apiVersion: API,
    kind: 'Rollout',
    metadata: { name: `${agent}-shadow` },
    spec: {
      agent,
      candidate: 'v2',
      shadow: { sharePct: 20, noiseSharePct: 5, maxPerSecond: 20, duration: '24h' },
      stages: [{ weightPct: 5, duration: '1h' }],
    },
  });

const canaryDocument = (name: string): string =>
  JSON.stringify({
    apiVersion: API,
    kind: 'Rollout',
    metadata: { name },
    spec: { agent: CHANGED, candidate: 'v2', skipShadow: true, stages: [{ weightPct: 50, duration: '1h' }] },
  });

const laughs = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...'bcdefghij'.split('').map((to, i) => `${to}: &${to} [${`*${'abcdefghi'[i]},`.repeat(9)}]`),
];

/** Each must be refused, in time, by a controller that goes on. */
const HOSTILE: readonly string[] = [
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `{"a":`.repeat(2_000),
  laughs.join('\n'),
  `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
  Array.from({ length: 5_000 }, (_, i) => `k${i}: {a: 1}`).join('\n'),
  `x: ${'y'.repeat(300_000)}`,
  'a: !!js/function "function () { process.exit(1) }"',
  '{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {}}}',
  agentDocument('evil', 'file:///etc/passwd', ['v1']),
  agentDocument('../../evil', 'http://127.0.0.1:9/v1', ['v1']),
  canaryDocument('nobodys').replace(CHANGED, 'nobody'),
  '---\n'.repeat(2_000),
  '\0\0\0\0',
];
/** Not a refusal: nobody was there to refuse, or not in time. */
const NOBODY = /no controller answers|did not answer|is no controller/;

type Notes = { decisions: number[]; applied: number; refused: number; failures: string[] };

const mustBeRefused = async (controller: ControllerClient, body: string, notes: Notes): Promise<void> => {
  try {
    const { applied } = await controller.applyDocuments({ body });
    notes.failures.push(`taken: ${body.slice(0, 60)}: ${JSON.stringify(applied)}`);
  } catch (error) {
    notes.refused += 1;
    const { message } = error as Error;
    if (NOBODY.test(message)) notes.failures.push(`${body.slice(0, 60)}: ${message}`);
  }
};

const round = async (controller: ControllerClient, upstream: string, i: number, notes: Notes): Promise<void> => {
  const apply = async (body: string): Promise<string | null> => {
    const { applied } = await controller.applyDocuments({ body });
    notes.applied += applied.length;
    notes.decisions.push(...applied.map(({ sequence }) => sequence));
    return applied[0]?.rollout ?? null;
  };
  // A version that is new each other time, so that the same document changes something.
  await apply(agentDocument(CHANGED, upstream, i % 2 === 0 ? ['v1', 'v2'] : ['v1', 'v2', 'v3']));
  const name = await apply(canaryDocument(`soak-${i}`));
  const params = { name: name ?? `soak-${i}` };
  for (const verb of ['pauseRollout', 'resumeRollout', 'abortRollout'] as const) {
    const { decision } = await controller[verb]({ params });
    notes.decisions.push(decision.sequence);
  }
  await mustBeRefused(controller, HOSTILE[i % HOSTILE.length]!, notes);
};

/** One round after the other until it is told to stop. */
export const startDocuments = (controller: ControllerClient, upstream: string) => {
  const notes: Notes = { decisions: [], applied: 0, refused: 0, failures: [] };
  const state = { isOver: false };
  const work = async (): Promise<void> => {
    for (let i = 0; !state.isOver; i += 1) {
      await round(controller, upstream, i, notes).catch((error: unknown) =>
        notes.failures.push(`documents, round ${i}: ${(error as Error).message}`),
      );
      await sleep(PAUSE_MS);
    }
  };
  const working = work();
  return {
    stop: async (): Promise<Notes> => {
      state.isOver = true;
      await working;
      return notes;
    },
  };
};
