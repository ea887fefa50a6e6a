import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { type Child, cpuUsOf, startOn, TARGET_CORE, treeOf } from '../front-door/machine.ts';
import { openRawClient } from '../front-door/raw-client.ts';
import type { Lab } from './lab.ts';
import type { Told } from './measure-stage.ts';
import { eventKeysIn } from './raw-log.ts';
import { ingressProgram, makeIngressFolder, untilAnswers } from './services.ts';
import type { Setup } from './setup.ts';

/**
 * The publisher, which is a thread of the ingress: real requests fill a journal while Kafka can't be reached; the ingress is
 * stopped and started again on the same folder with Kafka there, until all is published. What an ingress with an empty
 * journal uses in the same time, starting included, is taken off.
 */

const CONNECTIONS = 64;
const POLL_EVERY_MS = 200;
const PUBLISHED_WITHIN_MS = 600_000;
const STOP_WITHIN_MS = 15_000;
const NOWHERE = {
  KAFKA_BROKERS: '127.0.0.1:9',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
  REDIS_URL: 'redis://127.0.0.1:9',
};

const requestsOf = ({ calls, routes }: Setup, first: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, n) => {
    const { body } = calls.callAt(first + n);
    const text = Buffer.from(JSON.stringify({ ...body, model: routes[n % routes.length]!.name }));
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    return Buffer.concat([Buffer.from(`${head}content-length: ${text.length}\r\n\r\n`), text]);
  });

/** Each once, over 64 connections; whatever the status, an answer is an exchange. */
const sendAll = async (port: number, requests: readonly Buffer[]): Promise<void> => {
  let next = 0;
  const drive = async (): Promise<void> => {
    const client = openRawClient(port);
    while (next < requests.length) {
      const request = requests[next]!;
      next += 1;
      await new Promise<void>((resolve) => client.send(request, () => resolve()));
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, drive));
};

type Ingress = { child: Child; url: string; port: number; startedAtMs: number };

const start = async (
  lab: Lab,
  name: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Ingress> => {
  const [port = 0] = await pickFreePorts(1);
  const startedAtMs = performance.now();
  const child = startOn(TARGET_CORE, ingressProgram(lab, { folder, port }, env), lab.logFile(name));
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/livez`, () => child.hasEnded());
  return { child, url, port, startedAtMs };
};

/** Exchanges that Kafka has acknowledged, as the ingress counts them. */
const publishedBy = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/published_total\{[^}]*topic="[^"]*exchanges"[^}]*\} (\S+)/.exec(text)?.[1] ?? 0);
};

const fill = async (lab: Lab, folder: string, requests: readonly Buffer[]): Promise<void> => {
  const ingress = await start(lab, 'publisher-filling', folder, NOWHERE);
  await stopAfter(ingress, sendAll(ingress.port, requests));
};

/** The process ends with it, whatever comes of it. */
const stopAfter = async <T>({ child }: Ingress, run: Promise<T>): Promise<T> => {
  try {
    return await run;
  } finally {
    await child.stop(STOP_WITHIN_MS);
  }
};

/** What the process used until it has published so much, or until so much time has passed since it was started. */
const untilPublished = async ({ child, url, startedAtMs }: Ingress, count: number, atLeastMs: number) => {
  const readyAtMs = performance.now();
  for (;;) {
    const isEnough = (await publishedBy(url)) >= count;
    const tookMs = performance.now() - startedAtMs;
    if (isEnough && tookMs >= atLeastMs)
      return { cpuUs: cpuUsOf(treeOf(child.pid)), tookMs, sinceReadyMs: performance.now() - readyAtMs };
    if (tookMs > PUBLISHED_WITHIN_MS) throw new Error(`only ${await publishedBy(url)} of ${count} were published`);
    await sleep(POLL_EVERY_MS);
  }
};

export const measurePublisher = async (lab: Lab, setup: Setup, count: number, round: number): Promise<Told> => {
  const { EXCHANGES } = lab.checkout.topics;
  const views = [...setup.views.values()];
  const full = makeIngressFolder(lab, 'publisher', views);
  await lab.reset();
  await fill(lab, full, requestsOf(setup, round * count, count));
  const publishing = await start(lab, 'publisher', full, {});
  const spent = await stopAfter(publishing, untilPublished(publishing, count, 0));
  const ids = eventKeysIn([await lab.raw.read(EXCHANGES.name, EXCHANGES.partitions)]);
  const idle = await start(lab, 'publisher-idle', makeIngressFolder(lab, 'publisher-idle', views), {});
  const base = await stopAfter(idle, untilPublished(idle, 0, spent.tookMs));
  rmSync(full, { recursive: true, force: true });
  return {
    perSecond: (count * 1_000) / spent.sinceReadyMs,
    cpuUs: Math.max(0, spent.cpuUs - base.cpuUs) / count,
    notes: [],
    losses: ids.size === count ? [] : [`${lab.name} publisher: ${ids.size} of ${count} exchanges in the topic`],
  };
};
