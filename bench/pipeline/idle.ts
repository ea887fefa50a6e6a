import { setTimeout as sleep } from 'node:timers/promises';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { type Child, cpuUsOf, type Program, startOn, TARGET_CORE, treeOf } from '../front-door/machine.ts';
import type { Lab } from './lab.ts';
import {
  analyzerProgram,
  controllerProgram,
  ingressProgram,
  makeIngressFolder,
  judgeProgram,
  mirrorProgram,
  type Service,
} from './services.ts';
import type { Setup } from './setup.ts';

/** What everything uses with nothing to do: the five services up, a rollout under way, and not one request. */

const SETTLE_MS = 15_000;
const MEASURED_MS = 20_000;

/** CPU milliseconds per second; null where it can't be read. */
export type Idle = {
  services: Record<Service, number>;
  kafka: number | null;
  kafkaAlone: number | null;
};

const rateOf = (beforeUs: number, afterUs: number, tookMs: number): number => (afterUs - beforeUs) / tookMs;

/** By process tree, over 20 s. */
const watch = async (pids: readonly number[]): Promise<number[]> => {
  const read = (): number[] => pids.map((pid) => cpuUsOf(treeOf(pid)));
  const [before, startMs] = [read(), performance.now()];
  await sleep(MEASURED_MS);
  const [after, tookMs] = [read(), performance.now() - startMs];
  return after.map((us, i) => rateOf(before[i]!, us, tookMs));
};

export const measureIdle = async (lab: Lab, setup: Setup): Promise<Idle> => {
  const kafka = lab.kafkaPid === null ? [] : [lab.kafkaPid];
  await lab.reset();
  await lab.raw.append(setup.decided);
  await sleep(SETTLE_MS);
  const [kafkaAlone = null] = await watch(kafka);
  const [controllerPort = 0, ingressPort = 0] = await pickFreePorts(2);
  const folder = makeIngressFolder(lab, 'idle-ingress', [...setup.views.values()]);
  const programs: Record<Service, Program> = {
    ingress: ingressProgram(lab, { folder, port: ingressPort }),
    mirror: mirrorProgram(lab),
    judge: judgeProgram(lab, {}),
    analyzer: analyzerProgram(lab, setup.shape.windowMs),
    controller: controllerProgram(lab, controllerPort),
  };
  const names = Object.keys(programs) as Service[];
  const children: Child[] = names.map((name) => startOn(TARGET_CORE, programs[name], lab.logFile(`idle-${name}`)));
  try {
    await sleep(SETTLE_MS);
    const rates = await watch([...children.map(({ pid }) => pid), ...kafka]);
    const gone = names.filter((_, i) => children[i]!.hasEnded());
    if (gone.length > 0) throw new Error(`${gone.join(', ')} ended by itself; see ${lab.logFile(`idle-${gone[0]}`)}`);
    return {
      services: Object.fromEntries(names.map((name, i) => [name, rates[i]!])) as Record<Service, number>,
      kafka: rates[names.length] ?? null,
      kafkaAlone,
    };
  } finally {
    await Promise.all(children.map((child) => child.stop(15_000)));
  }
};
