import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { silentLog } from '../../platform/process/log.ts';
import { connectRedis, redisReady } from '../../platform/redis/redis.ts';
import { forceView } from '../../platform/redis/force-view.fixture.ts';
import { routingKey } from '../../platform/redis/routing-table.ts';
import { type Child, LOAD_CORE, startOn, TARGET_CORE } from '../front-door/machine.ts';
import type { Calls } from './calls.ts';
import { agentDocument, agentNames, rolloutDocument, rolloutName } from './documents.ts';
import type { AgentRoute } from './exchanges.ts';
import type { Lab } from './lab.ts';
import type { RawTopic } from './raw-log.ts';
import { controllerProgram, untilAnswers } from './services.ts';

/**
 * What a backlog is about: agents with a rollout under way each, made as an operator makes them, through a controller's API.
 * Its decisions are kept as bytes, so that every later controller begins with the same log.
 */

const ROUTED_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 100;

export type Shape = { agents: number; labels: number; windowMs: number };

/** One agent, and windows as in the story: the narrowest in use, so the most rows that an exchange pays for. */
export const STORY: Shape = { agents: 1, labels: 1, windowMs: 1_000 };

export type Setup = {
  calls: Calls;
  shape: Shape;
  routes: AgentRoute[];
  /** The decision log and the registry. */
  decided: RawTopic[];
  /** By agent, as JSON: what the controller has written to Redis. */
  views: Map<string, string>;
};

const RolloutSeen = z.object({ id: z.string(), routingSequence: z.number(), candidateRequests: z.number().nullable() });
export type RolloutSeen = z.infer<typeof RolloutSeen>;

export const rolloutSeen = async (url: string, agent: string): Promise<RolloutSeen> =>
  RolloutSeen.parse(await (await fetch(`${url}/v1/rollouts/${rolloutName(agent)}`)).json());

/** The two versions' servers, on the core of the load. */
export const startUpstreams = async (
  calls: Calls,
  logFile: string,
): Promise<{ urls: { v1: string; v2: string }; stop: () => Promise<void> }> => {
  const ports = await pickFreePorts(2);
  const root = path.resolve(import.meta.dirname, '../..');
  const children = (['v1', 'v2'] as const).map((version, i): Child => {
    const { script, args } = calls.upstreams[version];
    const program = { command: process.execPath, args: [path.join(root, script), ...args, '--port', String(ports[i])] };
    return startOn(LOAD_CORE, program, logFile);
  });
  const stop = async (): Promise<void> => void (await Promise.all(children.map((child) => child.stop())));
  try {
    await Promise.all(
      children.map((child, i) => untilAnswers(`http://127.0.0.1:${ports[i]}/livez`, () => child.hasEnded())),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: { v1: `http://127.0.0.1:${ports[0]}/v1`, v2: `http://127.0.0.1:${ports[1]}/v1` }, stop };
};

const apply = async (url: string, document: unknown): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/documents`, { method: 'POST', headers, body: JSON.stringify(document) });
  if (!answer.ok) throw new Error(`the controller refused a document: ${await answer.text()}`);
};

const withRedis = async <T>(lab: Lab, run: (redis: ReturnType<typeof connectRedis>) => Promise<T>): Promise<T> => {
  const redis = connectRedis({ redisUrl: lab.env.REDIS_URL }, silentLog);
  await redisReady(redis);
  try {
    return await run(redis);
  } finally {
    redis.disconnect();
  }
};

const viewOf = (lab: Lab, agent: string, sequence: number): Promise<string> =>
  withRedis(lab, async (redis) => {
    const endsAtMs = performance.now() + ROUTED_WITHIN_MS;
    for (;;) {
      const json = await redis.get(routingKey(agent));
      if (json !== null && (JSON.parse(json) as { sequence: number }).sequence >= sequence) return json;
      if (performance.now() > endsAtMs) throw new Error(`Redis has no routing view of ${agent} with its rollout`);
      await sleep(POLL_EVERY_MS);
    }
  });

/** Puts a view in force, as long as no controller is up. */
export const setView = (lab: Lab, agent: string, json: string): Promise<void> =>
  withRedis(lab, async (redis) => {
    await forceView(redis, agent, json);
  });

/** Begins anew: topics, groups and views of before are gone. */
export const setUp = async (
  lab: Lab,
  calls: Calls,
  shape: Shape,
  upstreams: { v1: string; v2: string },
): Promise<Setup> => {
  await lab.reset();
  await withRedis(lab, (redis) => redis.flushdb());
  const [port = 0] = await pickFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = startOn(TARGET_CORE, controllerProgram(lab, port), lab.logFile('setup'));
  try {
    await untilAnswers(`${url}/readyz`, () => child.hasEnded());
    const routes: AgentRoute[] = [];
    const views = new Map<string, string>();
    for (const name of agentNames(shape.agents)) {
      await apply(url, agentDocument(name, { calls, labels: shape.labels, upstreams }));
      await apply(url, rolloutDocument(name));
      const { id, routingSequence } = await rolloutSeen(url, name);
      routes.push({ name, rollout: id, routingSequence });
      views.set(name, await viewOf(lab, name, routingSequence));
    }
    const { DECISIONS, REGISTRY } = lab.checkout.topics;
    const decided = [
      await lab.raw.read(DECISIONS.name, DECISIONS.partitions),
      await lab.raw.read(REGISTRY.name, REGISTRY.partitions),
    ];
    return { calls, shape, routes, decided, views };
  } finally {
    await child.stop(15_000);
  }
};
