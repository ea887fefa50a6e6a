import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Program } from './machine.ts';
import type { Place, Target } from './targets.ts';

/** The ingress as a target: two arms at 90 and 10 %, everybody let in, whole bodies captured into the journal. */

export const AGENT = 'bench';
const NOWHERE = {
  KAFKA_BROKERS: '127.0.0.1:9',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
  REDIS_URL: 'redis://127.0.0.1:9',
};
/** Enough for a run whose journal nobody empties, so that no exchange is dropped and thereby cheaper. */
const JOURNAL_CAP_BYTES = 16 * 2 ** 30;

const POLICY = `apiVersion: coalmine/v1
kind: IngressPolicy
metadata: { name: bench }
spec:
  access: { anonymous: {} }
  defaults: { capture: { mode: full } }
`;

export const routingView = (upstreamPort: number, rollout: string) => {
  const upstream = `http://127.0.0.1:${upstreamPort}/v1`;
  const price = { promptUsdPerMillion: 1, completionUsdPerMillion: 2 };
  return {
    agent: AGENT,
    sequence: 1,
    rollout,
    salt: 's',
    arms: [
      { name: 'stable', version: 'v1', upstream, weight: 90 },
      { name: 'candidate', version: 'v2', upstream, weight: 10 },
    ],
    versions: ['v1', 'v2'].map((label) => ({ label, id: label, upstream, ...price })),
    rules: { betaSubjects: [] },
    shadow: null,
    shadowTools: 'pass',
    judging: null,
    judgedPct: 100,
    slices: [{ label: 'lang', values: ['en'] }],
    issuedAt: 1,
  };
};

/** How an ingress is started in a folder of its own. `env` has where Kafka, registry and Redis are; exchanges bear `rollout`. */
export const ingressProgram = (
  checkout: string,
  place: Place,
  env: Readonly<Record<string, string>>,
  rollout: string,
): Program => {
  const dataDir = path.join(place.folder, 'data');
  const policy = path.join(place.folder, 'policy.yaml');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path.join(dataDir, 'routing.json'), JSON.stringify([routingView(place.upstreamPort, rollout)]));
  writeFileSync(policy, POLICY);
  return {
    command: process.execPath,
    args: [path.join(checkout, 'ingress', 'main.ts')],
    cwd: place.folder,
    env: {
      ...env,
      INGRESS_PORT: String(place.port),
      INGRESS_DATA_DIR: dataDir,
      INGRESS_POLICY: policy,
      INGRESS_JOURNAL_CAP_BYTES: String(JOURNAL_CAP_BYTES),
      LOG_LEVEL: 'info',
    },
  };
};

/** Kafka, registry and Redis are away: the publisher waits, the journal grows, clients notice nothing. */
export const ours = (checkout: string, name = 'ours'): Target => ({
  name,
  what: `${name}, capture and journal on`,
  shape: { path: '/v1/chat/completions', model: AGENT, headers: [] },
  wsPath: `/agents/${AGENT}/ws`,
  hasStreams: true,
  prepare: async (place) => ingressProgram(checkout, place, NOWHERE, 'bench'),
});
