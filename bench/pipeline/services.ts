import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../front-door/machine.ts';
import type { Lab } from './lab.ts';

/** The services as they are run: `node <checkout>/<service>/main.ts`, told where the lab's parts are. */

const JOURNAL_CAP_BYTES = 16 * 2 ** 30;
const ANSWERS_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 50;

export type Service = 'judge' | 'analyzer' | 'mirror' | 'controller' | 'ingress';

const POLICY = `apiVersion: coalmine/v1
kind: IngressPolicy
metadata: { name: bench }
spec:
  access: { anonymous: {} }
  defaults: { capture: { mode: full } }
`;

export const serviceProgram = (lab: Lab, service: Service, env: Readonly<Record<string, string>> = {}): Program => ({
  command: process.execPath,
  args: [path.join(lab.checkout.root, service, 'main.ts')],
  env: { ...lab.env, LOG_LEVEL: 'info', ...env },
});

/** A member of a group; `n` counts from 1. Of a backlog, however old, it scores every answer. */
export const judgeProgram = (lab: Lab, env: Readonly<Record<string, string>>, n = 1): Program =>
  serviceProgram(lab, 'judge', {
    JUDGE_INSTANCE: `judge-${n}`,
    JUDGE_HEALTH_PORT: '0',
    JUDGE_MAX_LAG_MS: String(Number.MAX_SAFE_INTEGER),
    ...env,
  });

export const mirrorProgram = (lab: Lab): Program => serviceProgram(lab, 'mirror', { MIRROR_HEALTH_PORT: '0' });

export const analyzerProgram = (lab: Lab, windowMs: number, n = 1): Program =>
  serviceProgram(lab, 'analyzer', {
    ANALYZER_INSTANCE: `analyzer-${n}`,
    ANALYZER_HEALTH_PORT: '0',
    ANALYZER_WINDOW_MS: String(windowMs),
  });

export const controllerProgram = (lab: Lab, port: number): Program =>
  serviceProgram(lab, 'controller', { CONTROLLER_PORT: String(port), CONTROLLER_ANONYMOUS_ROLE: 'admin' });

/** A folder of an ingress' own, in which it finds the routing views that it last knew. */
export const makeIngressFolder = (lab: Lab, name: string, views: readonly string[]): string => {
  const folder = path.join(path.dirname(lab.logFile(name)), `bench-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'data'), { recursive: true });
  writeFileSync(path.join(folder, 'data', 'routing.json'), `[${views.join(',')}]`);
  writeFileSync(path.join(folder, 'policy.yaml'), POLICY);
  return folder;
};

export const ingressProgram = (
  lab: Lab,
  { folder, port }: { folder: string; port: number },
  env: Readonly<Record<string, string>> = {},
): Program => ({
  ...serviceProgram(lab, 'ingress', {
    INGRESS_PORT: String(port),
    INGRESS_DATA_DIR: path.join(folder, 'data'),
    INGRESS_POLICY: path.join(folder, 'policy.yaml'),
    INGRESS_JOURNAL_CAP_BYTES: String(JOURNAL_CAP_BYTES),
    ...env,
  }),
  cwd: folder,
});

/** Settles once something answers there with 200. */
export const untilAnswers = async (url: string, hasEnded: () => boolean): Promise<void> => {
  const endsAtMs = performance.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (hasEnded()) throw new Error(`what was to answer at ${url} ended by itself`);
    if (performance.now() > endsAtMs) throw new Error(`nothing answers at ${url}`);
    await sleep(POLL_EVERY_MS);
  }
};
