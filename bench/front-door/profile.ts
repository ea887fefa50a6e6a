import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { saturate } from './closed-loop.ts';
import { hostNowMs, requestsOf } from './exchange.ts';
import { startOn, TARGET_CORE } from './machine.ts';
import { makePlace, type Plan, untilReady } from './measure.ts';
import { ours } from './ours.ts';

/** Where the ingress' main thread spends its time under load: V8's sampling profiler, of that time alone. */

const WARM_UP_S = 3;
const INTERVAL_US = '200';
const FUNCTIONS = 40;
const STOP_WITHIN_MS = 20_000;

type CallFrame = { functionName: string; url: string; lineNumber: number };
export type CpuProfile = {
  nodes: { id: number; callFrame: CallFrame }[];
  /** Microseconds of the host's clock. */
  startTime: number;
  samples: number[];
  timeDeltas: number[];
};

/** Time in microseconds between two moments of the host's clock, by what ran itself: most first. */
export const selfTimes = (
  profile: CpuProfile,
  fromUs: number,
  toUs: number,
  nameOf: (frame: CallFrame) => string,
): [name: string, us: number][] => {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const sums = new Map<string, number>();
  let atUs = profile.startTime;
  profile.samples.forEach((sample, i) => {
    atUs += profile.timeDeltas[i] ?? 0;
    const name = names.get(sample) ?? '?';
    if (atUs >= fromUs && atUs < toUs) sums.set(name, (sums.get(name) ?? 0) + (profile.timeDeltas[i + 1] ?? 0));
  });
  return [...sums].toSorted(([, a], [, b]) => b - a);
};

const fileOf = ({ url, functionName }: CallFrame, root: string): string =>
  url === '' ? functionName : url.replace(`file://${root}/`, '').replace(/^.*\/node_modules\//, '');

const readProfile = (folder: string): CpuProfile => {
  const file = readdirSync(folder).find((name) => /\.0\.\d+\.cpuprofile$/.test(name));
  if (file === undefined) throw new Error(`the ingress left no profile in ${folder}`);
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as CpuProfile;
};

const print = (title: string, times: readonly [string, number][], requests: number): void => {
  console.log(`\n${title}`);
  for (const [name, us] of times) console.log(`${(us / requests).toFixed(2).padStart(7)}  ${name}`);
};

export const measureProfile = async (checkout: string, plan: Plan): Promise<void> => {
  const target = ours(checkout);
  const { place, logFile } = await makePlace(plan.home, 'profile', plan.upstreamPort);
  const folder = path.join(plan.home, 'profile');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = (await target.prepare(place))!;
  const flags = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', INTERVAL_US];
  const child = startOn(TARGET_CORE, { ...program, args: [...flags, ...program.args] }, logFile);
  const requests = requestsOf(target.shape, false);
  try {
    await untilReady(place.port, requests[0]!, child, logFile);
    await saturate(place.port, requests, WARM_UP_S);
    const fromUs = hostNowMs() * 1_000;
    const load = await saturate(place.port, requests, plan.seconds);
    const toUs = hostNowMs() * 1_000;
    await child.stop(STOP_WITHIN_MS);
    const profile = readProfile(folder);
    const byFile = selfTimes(profile, fromUs, toUs, (frame) => fileOf(frame, checkout));
    const byFunction = selfTimes(profile, fromUs, toUs, (frame) => {
      const file = fileOf(frame, checkout);
      return frame.url === '' ? file : `${frame.functionName || '(anonymous)'}  ${file}:${frame.lineNumber + 1}`;
    });
    console.log(`${Math.round(load.perSecond)} requests/s while profiled; µs of the main thread per request:`);
    print('by file', byFile.slice(0, FUNCTIONS), load.answered);
    print('by function', byFunction.slice(0, FUNCTIONS), load.answered);
  } finally {
    await child.stop();
    rmSync(place.folder, { recursive: true, force: true });
  }
};
