import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { saturate } from './closed-loop.ts';
import { requestsOf } from './exchange.ts';
import { openIdle } from './idle-connections.ts';
import { busyUs, type Child, cpuUsOf, rssMbOf, startOn, TARGET_CORE, treeOf } from './machine.ts';
import { arrive, type Arrivals } from './open-loop.ts';
import { openRawClient } from './raw-client.ts';
import { affordableRate } from './rates.ts';
import { measureStreams, type Streaming } from './sse.ts';
import type { Target } from './targets.ts';
import { measureEcho } from './websocket.ts';

const READY_WITHIN_MS = 120_000;
const WARM_UP_S = 2;
const SETTLE_MS = 500;

export type Plan = {
  seconds: number;
  idleConnections: number;
  upstreamPort: number;
  upstreamPid: number;
  /** The bench's folder: installed peers, logs, what runs. */
  home: string;
  /** The rates of each target's open loops, from its first round on. */
  rates: Map<string, (number | null)[]>;
};

/** One target's figures of one round. Times are in ms, CPU in µs; null is what it does not do or what can't be read here. */
export type Round = {
  perSecond: number;
  cpuUsPerRequest: number | null;
  /** Of the target's core, and of the machine by processes that are no part of this, while it was saturated. */
  coreShare: number;
  strangersShare: number;
  failed: number;
  /** At 200 and at 1,000 a second, or at what it can hold. */
  arrivals: (Arrivals | null)[];
  streaming: Streaming | null;
  messagesPerSecond: number | null;
  rssRestMb: number | null;
  idle: { connections: number; rssMb: number; kbEach: number } | null;
};

const answers = (port: number, request: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    const client = openRawClient(port);
    const finish = (ok: boolean): void => {
      client.close();
      resolve(ok);
    };
    setTimeout(() => finish(false), 2_000).unref();
    client.send(request, finish);
  });

/** Settles once a request is answered well. Throws when the child ends before, or takes too long. */
export const untilReady = async (port: number, request: Buffer, child: Child, logFile: string): Promise<void> => {
  const endsAtMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(port, request))) {
    if (child.hasEnded()) throw new Error(`it ended while it started, see ${logFile}`);
    if (performance.now() > endsAtMs) throw new Error(`it does not answer with 200, see ${logFile}`);
    await sleep(100);
  }
};

/** Saturates a target and tells what its process tree used meanwhile. */
const saturateMeasured = async (port: number, requests: readonly Buffer[], pid: number | null, plan: Plan) => {
  const tree = pid === null ? [] : treeOf(pid);
  const known = [...tree, plan.upstreamPid, process.pid];
  const before = { target: cpuUsOf(tree), known: cpuUsOf(known), busy: busyUs(), ms: performance.now() };
  const load = await saturate(port, requests, plan.seconds);
  const elapsedUs = (performance.now() - before.ms) * 1_000;
  const usedUs = cpuUsOf(tree) - before.target;
  const strangersUs = busyUs() - before.busy - (cpuUsOf(known) - before.known);
  return {
    perSecond: load.perSecond,
    failed: load.failed,
    cpuUsPerRequest: usedUs === 0 ? null : usedUs / Math.max(1, load.answered),
    coreShare: usedUs / elapsedUs,
    strangersShare: Math.max(0, strangersUs / elapsedUs),
  };
};

/** Before any load, so that memory which load has left free does not hide what connections take. */
const measureIdle = async (port: number, pid: number | null, count: number): Promise<Round['idle']> => {
  if (pid === null) return null;
  const beforeMb = rssMbOf(treeOf(pid));
  const idle = await openIdle(port, count);
  await sleep(SETTLE_MS);
  const afterMb = rssMbOf(treeOf(pid));
  const connections = idle.held();
  idle.close();
  if (beforeMb === null || afterMb === null || connections === 0) return null;
  return { connections, rssMb: afterMb, kbEach: ((afterMb - beforeMb) * 1_000) / connections };
};

const measurePhases = async (target: Target, port: number, pid: number | null, plan: Plan): Promise<Round> => {
  const { seconds } = plan;
  const requests = requestsOf(target.shape, false);
  const rssRestMb = pid === null ? null : rssMbOf(treeOf(pid));
  const idle = await measureIdle(port, pid, plan.idleConnections);
  await saturate(port, requests, Math.min(WARM_UP_S, seconds));
  const warm = await saturate(port, requests, 1);
  const rates = plan.rates.get(target.name) ?? [200, 1_000].map((rate) => affordableRate(rate, warm.perSecond));
  plan.rates.set(target.name, rates);
  const arrivals: (Arrivals | null)[] = [];
  for (const rate of rates) {
    await sleep(SETTLE_MS);
    arrivals.push(rate === null ? null : await arrive(port, requests, rate, seconds));
  }
  const streaming = target.hasStreams ? await measureStreams(port, requestsOf(target.shape, true), seconds) : null;
  const echo = target.wsPath === null ? null : await measureEcho(port, target.wsPath, Math.min(2, seconds));
  const saturated = await saturateMeasured(port, requests, pid, plan);
  return { ...saturated, arrivals, streaming, messagesPerSecond: echo?.perSecond ?? null, rssRestMb, idle };
};

/** A folder of its own for what a target keeps while it runs, and the file that its output goes to. */
export const makePlace = async (home: string, name: string, upstreamPort: number) => {
  const folder = path.join(home, 'run', name);
  const logFile = path.join(home, 'run', `${name}.log`);
  rmSync(folder, { recursive: true, force: true });
  rmSync(logFile, { force: true });
  mkdirSync(folder, { recursive: true });
  const [port = 0] = await pickFreePorts(1);
  return { place: { upstreamPort, port, folder, home }, logFile };
};

/** Starts a target, measures it, stops it. Throws NotInstallable, or an Error if it does not start. */
export const measureTarget = async (target: Target, plan: Plan): Promise<Round> => {
  const { place, logFile } = await makePlace(plan.home, target.name, plan.upstreamPort);
  const program = await target.prepare(place);
  if (program === null) return measurePhases(target, plan.upstreamPort, null, plan);
  const child = startOn(TARGET_CORE, program, logFile);
  try {
    await untilReady(place.port, requestsOf(target.shape, false)[0]!, child, logFile);
    return await measurePhases(target, place.port, child.pid, plan);
  } finally {
    await child.stop();
    rmSync(place.folder, { recursive: true, force: true });
  }
};
