import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, cpuUsOf, type Program, startOn, TARGET_CORE, treeOf } from '../front-door/machine.ts';
import type { Admin, Lab } from './lab.ts';
import type { RawTopic } from './raw-log.ts';

/**
 * The one way in which a consuming stage is measured: its process catches up with a first backlog and is warm then; it is
 * stopped (SIGSTOP) while the backlog to be measured is appended, and goes on until its groups have committed the end.
 */

const POLL_EVERY_MS = 50;
const WITHIN_MS = 900_000;
const QUIET_SAMPLE_MS = 250;
const QUIET_US = 30_000;
/** Kafka ends the session of a member that is silent for longer; the group then has to form anew. */
const SESSION_MS = 10_000;

export type Reads = { group: string; topics: readonly string[] };

/** A program and the core that it runs on. */
export type Placed = { core: number; program: Program };

export type Run = {
  name: string;
  programs: readonly Placed[];
  /** In the order in which records pass through them: a group that is fed by another stands behind it. */
  reads: readonly Reads[];
  warm: readonly RawTopic[];
  measured: readonly RawTopic[];
  /** In the measured backlog. */
  exchanges: number;
  /** Topics that the stage writes; told is where their ends were when the measured backlog had not begun. */
  writes?: readonly string[];
  /** True where work goes on after its commit: then CPU counts until the process is quiet. */
  worksOn?: boolean;
  /** While the stage is still up and caught up: what of its work is missing, null if nothing is. */
  verify?: (lab: Lab) => Promise<string | null>;
};

export type StageFigures = { perSecond: number; cpuUs: number };
/** `losses`: work that is missing, so that the figures are of less than they say. */
export type Told = StageFigures & { notes: string[]; losses: string[] };
export type Measured = Told & { writtenBefore: Map<string, number[]> };

/** Records that a group has not committed yet, over all its topics. */
const lagOf = async (admin: Admin, { group, topics }: Reads): Promise<number> => {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  let records = 0;
  for (const { topic, partitions } of committed) {
    const known = new Map(partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      records += Number(high) - (known.get(partition) ?? 0);
  }
  return records;
};

const isCaughtUp = async (admin: Admin, reads: readonly Reads[]): Promise<boolean> => {
  for (const one of reads) {
    const lag = await lagOf(admin, one).catch(() => Number.POSITIVE_INFINITY);
    if (lag > 0) return false;
  }
  return true;
};

/** Asks until it is so. Throws when a process ends meanwhile, or after 15 minutes. */
const until = async (
  what: string,
  isSo: () => Promise<boolean>,
  of: { lab: Lab; run: Run; children: readonly Child[] },
): Promise<void> => {
  const { lab, run, children } = of;
  const endsAtMs = performance.now() + WITHIN_MS;
  while (!(await isSo())) {
    const hasEnded = children.some((child) => child.hasEnded());
    if (hasEnded) throw new Error(`${run.name} ended by itself; see ${lab.logFile(run.name)}`);
    if (performance.now() > endsAtMs) throw new Error(`${run.name} did not ${what}; see ${lab.logFile(run.name)}`);
    await sleep(POLL_EVERY_MS);
  }
};

const cpuOf = (children: readonly Child[]): number => cpuUsOf(children.flatMap(({ pid }) => treeOf(pid)));

const untilQuiet = async (children: readonly Child[]): Promise<void> => {
  for (;;) {
    const beforeUs = cpuOf(children);
    await sleep(QUIET_SAMPLE_MS);
    if (cpuOf(children) - beforeUs < QUIET_US) return;
  }
};

const areMembersIn = async (admin: Admin, { reads, programs }: Run): Promise<boolean> => {
  const described = await admin.describeGroups(reads.map(({ group }) => group)).catch(() => ({ groups: [] }));
  const isFull = ({ state, members }: (typeof described.groups)[number]): boolean =>
    state === 'Stable' && members.length === programs.length;
  return described.groups.length > 0 && described.groups.every(isFull);
};

const signalAll = (children: readonly Child[], signal: 'SIGSTOP' | 'SIGCONT'): void => {
  for (const { pid } of children) process.kill(-pid, signal);
};

/** Throws when a process ends by itself or does not get through the backlog within 15 minutes. */
export const measureStage = async (lab: Lab, run: Run): Promise<Measured> => {
  const children: Child[] = [];
  try {
    for (const { core, program } of run.programs) children.push(startOn(core, program, lab.logFile(run.name)));
    const of = { lab, run, children };
    const catchUp = (): Promise<void> => until('catch up', () => isCaughtUp(lab.admin, run.reads), of);
    // Else the work would be shared anew in the middle of it.
    await until('join its groups', () => areMembersIn(lab.admin, run), of);
    await lab.raw.append(run.warm);
    await catchUp();
    await untilQuiet(children);
    const writtenBefore = new Map<string, number[]>();
    signalAll(children, 'SIGSTOP');
    const stoppedAtMs = performance.now();
    for (const topic of run.writes ?? []) writtenBefore.set(topic, await lab.endsOf(topic));
    await lab.raw.append(run.measured);
    const beforeUs = cpuOf(children);
    const startMs = performance.now();
    signalAll(children, 'SIGCONT');
    await catchUp();
    const tookMs = performance.now() - startMs;
    if (run.worksOn === true) await untilQuiet(children);
    const cpuUs = (cpuOf(children) - beforeUs) / run.exchanges;
    const who = `${lab.name} ${run.name}`;
    const isOut = startMs - stoppedAtMs > SESSION_MS;
    const loss = (await run.verify?.(lab)) ?? null;
    return {
      perSecond: (run.exchanges * 1_000) / tookMs,
      cpuUs,
      writtenBefore,
      notes: isOut ? [`${who}: stood longer than its session, so its group formed anew within what was measured`] : [],
      losses: loss === null ? [] : [`${who}: ${loss}`],
    };
  } finally {
    signalAll(
      children.filter((child) => !child.hasEnded()),
      'SIGCONT',
    );
    await Promise.all(children.map((child) => child.stop(15_000)));
  }
};

/** The stage's floor: the same backlogs through a consumer that does nothing. */
export const floorRun = (lab: Lab, of: Omit<Run, 'programs' | 'reads'>, topics: readonly string[]): Run => {
  const group = `coalmine-bare-${of.name}`;
  return {
    name: `bare-${of.name}`,
    programs: [
      {
        core: TARGET_CORE,
        program: {
          command: process.execPath,
          args: [
            new URL('../pipeline.ts', import.meta.url).pathname,
            '--role',
            'bare-consumer',
            '--checkout',
            lab.checkout.root,
            '--stage',
            of.name,
            '--group',
            group,
            '--topics',
            topics.join(','),
          ],
          env: { ...lab.env },
        },
      },
    ],
    reads: [{ group, topics }],
    warm: of.warm,
    measured: of.measured,
    exchanges: of.exchanges,
  };
};
