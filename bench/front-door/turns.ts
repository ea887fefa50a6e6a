import { rmSync } from 'node:fs';
import { saturate } from './closed-loop.ts';
import { requestsOf } from './exchange.ts';
import { cpuUsOf, startOn, TARGET_CORE, treeOf } from './machine.ts';
import { makePlace, type Plan, untilReady } from './measure.ts';
import { ours } from './ours.ts';
import { spread } from './quantiles.ts';

/**
 * Two checkouts' ingress, both up, under load for a second each in turn: what slows the machine slows both. Of each pair of
 * fresh processes, begun in either order by turns, the CPU time a request, and how many times as much the second needs.
 */

const WARM_UP_S = 3;
const TURN_S = 1;

const startIngress = async (checkout: string, name: string, plan: Plan) => {
  const target = ours(checkout, name);
  const { place, logFile } = await makePlace(plan.home, name, plan.upstreamPort);
  const child = startOn(TARGET_CORE, (await target.prepare(place))!, logFile);
  const requests = requestsOf(target.shape, false);
  await untilReady(place.port, requests[0]!, child, logFile);
  let [usedUs, answered] = [0, 0];
  return {
    turn: async (): Promise<void> => {
      const before = cpuUsOf(treeOf(child.pid));
      answered += (await saturate(place.port, requests, TURN_S)).answered;
      usedUs += cpuUsOf(treeOf(child.pid)) - before;
    },
    usEach: () => usedUs / answered,
    forget: () => {
      [usedUs, answered] = [0, 0];
    },
    stop: async (): Promise<void> => {
      await child.stop();
      rmSync(place.folder, { recursive: true, force: true });
    },
  };
};

type Running = Awaited<ReturnType<typeof startIngress>>;

const takeTurns = async (pair: readonly Running[], seconds: number): Promise<void> => {
  for (let turn = 0; turn < seconds; turn += TURN_S)
    for (const ingress of turn % 2 === 0 ? pair : pair.toReversed()) await ingress.turn();
};

/** What each of two checkouts needs. Warmed in turns, too: what rests for some seconds gives memory and code back. */
const measurePair = async (checkouts: readonly [string, string], plan: Plan): Promise<[number, number]> => {
  const pair: Running[] = [];
  try {
    for (const [i, checkout] of checkouts.entries()) pair.push(await startIngress(checkout, `checkout-${i}`, plan));
    await takeTurns(pair, WARM_UP_S);
    for (const ingress of pair) ingress.forget();
    await takeTurns(pair, plan.seconds);
    return [pair[0]!.usEach(), pair[1]!.usEach()];
  } finally {
    for (const ingress of pair) await ingress.stop();
  }
};

const text = (values: readonly number[], digits: number): string => {
  const { median, min, max } = spread(values)!;
  return `${median.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
};

/** Prints a line for each pair, then medians with [lowest–highest]. @param plan its `seconds` are of each process in each pair. */
export const measureTurns = async (before: string, now: string, pairs: number, plan: Plan): Promise<void> => {
  const found: [number, number][] = [];
  for (let i = 1; i <= pairs; i += 1) {
    const [first, second] = await measurePair(i % 2 === 1 ? [before, now] : [now, before], plan);
    const pair: [number, number] = i % 2 === 1 ? [first, second] : [second, first];
    found.push(pair);
    console.log(`pair ${i} of ${pairs}: before ${pair[0].toFixed(1)} µs a request, ours ${pair[1].toFixed(1)}`);
  }
  const [us, ownUs] = [found.map(([first]) => first), found.map(([, second]) => second)];
  const times = found.map(([first, second]) => second / first);
  console.log(`before ${text(us, 1)}, ours ${text(ownUs, 1)}: ${text(times, 3)} times as much`);
};
