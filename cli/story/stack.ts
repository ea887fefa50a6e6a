import path from 'node:path';
import { buildPage } from '../../infra/build-page.ts';
import { createTopics } from '../../infra/create-topics.ts';
import { createChild } from '../../infra/parts/child.ts';
import type { Part } from '../../infra/parts/part.ts';
import { type Parts, startParts } from '../../infra/parts/parts.ts';
import { pickFreePorts, PortTakenError, requireFreePort } from '../../infra/parts/ports.ts';
import { blamingData, type KeptData, openKeptData, STORY_WINDOW_MS } from './kept-data.ts';
import { type LocalKey, localKey, storeLocalKey } from './local-key.ts';
import { readRedisAccess, readTopicsAccess } from '../../platform/process/parts-access.ts';
import { PRINCIPALS } from '../../schemas/topic-access.ts';
import type { UpstreamPlan } from './story.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Everything that runs: parts, the story's upstreams, the five services. */
export type Stack = {
  parts: Parts;
  ingressUrl: string;
  controllerUrl: string;
  /** What the controller's API is asked with. */
  adminKey: LocalKey;
  /** Base URLs of the upstreams by name. */
  upstreamUrls: ReadonlyMap<string, string>;
  /** The services and upstreams by name, for whoever wants to take one away. */
  services: ReadonlyMap<string, Part>;
  /** Health and metrics ports by service. */
  healthPorts: ReadonlyMap<string, number>;
  logFolder: string;
  stop(): Promise<void>;
};

export type ServicesOptions = {
  /** 0 takes a free one, here and for the controller. */
  ingressPort: number;
  controllerPort: number;
  upstreams: readonly UpstreamPlan[];
  judgeEnv: (urls: ReadonlyMap<string, string>) => Record<string, string>;
  windowMs: number;
  /** Where ingress and controller keep what is to outlive this start. */
  dataFolder?: string | undefined;
  onProgress: (line: string) => void;
};

type Process = {
  name: string;
  script: string;
  args?: readonly string[];
  env?: Record<string, string>;
  probeUrl: string;
};

const answers = (url: string) => async (): Promise<boolean> => (await fetch(url)).ok;

/** What a process is told of the parts: a service as its own user, the others no more than where they are. */
const envFor = (parts: Parts, name: string): Record<string, string> => {
  const principal = PRINCIPALS.find((one) => one === name);
  return principal === undefined ? parts.env : parts.envOf(principal);
};

/** Processes of this repository, started again when they end by themselves; those launched together stop together, the last first. */
const createSupervisor = (parts: Parts, onProgress: (line: string) => void) => {
  const children = new Map<string, Part>();
  const launches: (readonly Process[])[] = [];
  const launchOne = async ({ name, script, args = [], env = {}, probeUrl }: Process): Promise<void> => {
    const child = createChild({
      name,
      command: process.execPath,
      args: [path.join(root, script), ...args],
      env: { ...process.env, ...envFor(parts, name), LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info', ...env },
      runFolder: parts.runFolder,
      probe: answers(probeUrl),
      onProgress,
      restart: true,
    });
    children.set(name, child);
    await child.start();
    onProgress(`${name} ready`);
  };
  return {
    children,
    launch: async (processes: readonly Process[]): Promise<void> => {
      launches.push(processes);
      await Promise.all(processes.map(launchOne));
    },
    stop: async (): Promise<void> => {
      for (const processes of launches.toReversed())
        await Promise.all(processes.map(async ({ name }) => children.get(name)?.stop()));
    },
  };
};

const livez = (port: number | undefined): string => `http://127.0.0.1:${port}/livez`;

type Ports = { ingress: number; mirror: number; judge: number; analyzer: number; controller: number };

const servicePlans = (
  parts: Parts,
  ports: Ports,
  { windowMs, judgeEnv, dataFolder = parts.runFolder }: ServicesOptions,
  upstreamUrls: ReadonlyMap<string, string>,
): Process[] => {
  const plan = (name: keyof Ports, portVariable: string, env: Record<string, string>): Process => ({
    name,
    script: `${name}/main.ts`,
    env: { [portVariable]: String(ports[name]), ...env },
    probeUrl: livez(ports[name]),
  });
  return [
    plan('ingress', 'INGRESS_PORT', {
      INGRESS_DATA_DIR: path.join(dataFolder, 'ingress'),
      INGRESS_POLICY: process.env['INGRESS_POLICY'] || path.join(root, 'examples/local-policy.yaml'),
    }),
    plan('mirror', 'MIRROR_HEALTH_PORT', {}),
    plan('judge', 'JUDGE_HEALTH_PORT', judgeEnv(upstreamUrls)),
    plan('analyzer', 'ANALYZER_HEALTH_PORT', { ANALYZER_WINDOW_MS: String(windowMs) }),
    plan('controller', 'CONTROLLER_PORT', { CONTROLLER_DATA_DIR: path.join(dataFolder, 'controller') }),
  ];
};

/**
 * Starts the story's upstreams and then the five services, once the topics are made. Without `topicsMade` the parts may be away:
 * the services wait for them, and the local admin's key for Redis. Throws a PartsError if one does not start; nothing is left running then.
 */
export const startServices = async (
  parts: Parts,
  options: ServicesOptions,
  topicsMade?: Promise<unknown>,
): Promise<Stack> => {
  const { upstreams, dataFolder = parts.runFolder } = options;
  const adminKey = localKey(path.join(dataFolder, 'controller'));
  const stopping = new AbortController();
  const { children, launch, stop } = createSupervisor(parts, options.onProgress);
  const free = await pickFreePorts(upstreams.length + 5);
  const [ingress, mirror, judge, analyzer, controller] = free.splice(0, 5) as [number, number, number, number, number];
  const ports: Ports = {
    mirror,
    judge,
    analyzer,
    ingress: options.ingressPort || ingress,
    controller: options.controllerPort || controller,
  };
  const upstreamUrls = new Map(upstreams.map(({ name }, i) => [name, `http://127.0.0.1:${free[i]}/v1`]));
  try {
    const upstreamsUp = launch(
      upstreams.map(({ name, script, args, healthPath }, i) => ({
        name,
        script,
        args: [...args, '--port', String(free[i])],
        probeUrl: `http://127.0.0.1:${free[i]}${healthPath}`,
      })),
    );
    const keyStored = storeLocalKey(
      adminKey,
      readRedisAccess({ ...process.env, ...parts.envOf('cli') }),
      stopping.signal,
    );
    keyStored.catch(() => {});
    const pageBuilt = buildPage(options.onProgress);
    await Promise.all([upstreamsUp, pageBuilt, ...(topicsMade === undefined ? [] : [topicsMade, keyStored])]);
    await launch(servicePlans(parts, ports, options, upstreamUrls));
  } catch (error) {
    stopping.abort();
    await stop();
    throw error;
  }
  return {
    parts,
    adminKey,
    ingressUrl: `http://127.0.0.1:${ports.ingress}`,
    controllerUrl: `http://127.0.0.1:${ports.controller}`,
    upstreamUrls,
    services: children,
    healthPorts: new Map(Object.entries(ports)),
    logFolder: parts.runFolder,
    stop: async () => {
      stopping.abort();
      await stop();
      await parts.stop();
    },
  };
};

export type StackOptions = Omit<ServicesOptions, 'windowMs' | 'dataFolder'> & {
  home: string;
  ports: 'fixed' | 'free';
  /** What the parts are told: where they run, or which of them are somebody's own. */
  env: NodeJS.ProcessEnv;
  /** Where data are kept for the next start, null if they are not; `fresh` forgets those that are there. */
  keepIn: string | null;
  fresh: boolean;
  /** Null takes the width that the kept windows have, else that of a story. */
  windowMs: number | null;
};

/** The stack, the width of its windows, and whether it began with what an earlier start left. */
export type StartedStack = Stack & { windowMs: number; hasPast: boolean };

const startOn = async (data: KeptData | null, windowMs: number, options: StackOptions): Promise<Stack> => {
  const { home, ports, onProgress } = options;
  const env = data === null ? options.env : { ...options.env, COALMINE_DATA: data.folder };
  const parts = await startParts({ home, ports, onProgress, env });
  try {
    const access = readTopicsAccess({ ...env, ...parts.envOf('create-topics') });
    const topicsMade = createTopics({ ...access, replication: 1 });
    return await startServices(parts, { ...options, windowMs, dataFolder: data?.folder }, topicsMade);
  } catch (error) {
    await parts.stop();
    throw error;
  }
};

/** Starts what a story needs, in the order in which things need one another, and stops it in reverse. */
export const startStack = async (options: StackOptions): Promise<StartedStack> => {
  const { ingressPort, controllerPort, keepIn } = options;
  if (ingressPort !== 0) await requireFreePort('the ingress', ingressPort, '--port');
  if (controllerPort !== 0) await requireFreePort('the controller', controllerPort, '--controller-port');
  const data = keepIn === null ? null : await openKeptData(keepIn, options);
  const windowMs = data?.windowMs ?? options.windowMs ?? STORY_WINDOW_MS;
  try {
    const stack = await startOn(data, windowMs, options);
    const stop = async (): Promise<void> => {
      await stack.stop();
      data?.close();
    };
    return { ...stack, stop, windowMs, hasPast: data?.isNew === false };
  } catch (error) {
    data?.close();
    throw data === null || error instanceof PortTakenError ? error : blamingData(error, data);
  }
};
