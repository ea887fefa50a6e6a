import path from 'node:path';
import { createTopics } from '../infra/create-topics.ts';
import { createChild } from '../infra/parts/child.ts';
import type { Part } from '../infra/parts/part.ts';
import { type Parts, startParts } from '../infra/parts/parts.ts';
import { pickFreePorts } from '../infra/parts/ports.ts';
import type { UpstreamPlan } from './story.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Everything that runs: parts, the story's upstreams, the five services. */
export type Stack = {
  parts: Parts;
  ingressUrl: string;
  controllerUrl: string;
  /** The services by name, for whoever wants to take one away. */
  services: ReadonlyMap<string, Part>;
  /** Health and metrics ports by service. */
  healthPorts: ReadonlyMap<string, number>;
  logFolder: string;
  stop(): Promise<void>;
};

export type StackOptions = {
  home: string;
  ports: 'fixed' | 'free';
  ingressPort: number;
  controllerPort: number;
  upstreams: readonly UpstreamPlan[];
  judgeEnv: (urls: ReadonlyMap<string, string>) => Record<string, string>;
  windowMs: number;
  onProgress: (line: string) => void;
};

const answers = (url: string) => async (): Promise<boolean> => (await fetch(url)).ok;

/** Starts what a story needs, in the order in which things need one another, and stops it in reverse. */
export const startStack = async (
  options: StackOptions,
): Promise<{ stack: Stack; upstreamUrls: ReadonlyMap<string, string> }> => {
  const { onProgress } = options;
  const parts = await startParts({ home: options.home, ports: options.ports, onProgress });
  const children = new Map<string, Part>();
  const stop = async (): Promise<void> => {
    for (const child of [...children.values()].toReversed()) await child.stop();
    await parts.stop();
  };
  const launch = async (
    names: readonly {
      name: string;
      script: string;
      args?: readonly string[];
      env?: Record<string, string>;
      probeUrl: string;
    }[],
  ): Promise<void> => {
    await Promise.all(
      names.map(async ({ name, script, args = [], env = {}, probeUrl }) => {
        const child = createChild({
          name,
          command: process.execPath,
          args: [path.join(root, script), ...args],
          env: { ...process.env, ...parts.env, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info', ...env },
          runFolder: parts.runFolder,
          probe: answers(probeUrl),
          onProgress,
          restart: true,
        });
        children.set(name, child);
        await child.start();
        onProgress(`${name} ready`);
      }),
    );
  };

  try {
    const free = await pickFreePorts(options.upstreams.length + 5);
    const upstreamPort = new Map(options.upstreams.map((u, i) => [u.name, free[i]!]));
    const upstreamUrls = new Map([...upstreamPort].map(([name, port]) => [name, `http://127.0.0.1:${port}/v1`]));
    const [mirrorPort, judgePort, analyzerPort, freeIngress, freeController] = free.slice(options.upstreams.length) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const ingressPort = options.ingressPort || freeIngress;
    const controllerPort = options.controllerPort || freeController;

    await Promise.all([
      createTopics({
        brokers: parts.env.KAFKA_BROKERS.split(','),
        registryUrl: parts.env.SCHEMA_REGISTRY_URL,
        replication: 1,
      }),
      launch(
        options.upstreams.map(({ name, script, args, healthPath }) => ({
          name,
          script,
          args: [...args, '--port', String(upstreamPort.get(name))],
          probeUrl: `http://127.0.0.1:${upstreamPort.get(name)}${healthPath}`,
        })),
      ),
    ]);
    const livez = (port: number): string => `http://127.0.0.1:${port}/livez`;
    await launch([
      {
        name: 'ingress',
        script: 'ingress/main.ts',
        env: { INGRESS_PORT: String(ingressPort), INGRESS_DATA_DIR: path.join(parts.runFolder, 'ingress') },
        probeUrl: livez(ingressPort),
      },
      {
        name: 'mirror',
        script: 'mirror/main.ts',
        env: { MIRROR_HEALTH_PORT: String(mirrorPort) },
        probeUrl: livez(mirrorPort),
      },
      {
        name: 'judge',
        script: 'judge/main.ts',
        env: { JUDGE_HEALTH_PORT: String(judgePort), ...options.judgeEnv(upstreamUrls) },
        probeUrl: livez(judgePort),
      },
      {
        name: 'analyzer',
        script: 'analyzer/main.ts',
        env: { ANALYZER_HEALTH_PORT: String(analyzerPort), ANALYZER_WINDOW_MS: String(options.windowMs) },
        probeUrl: livez(analyzerPort),
      },
      {
        name: 'controller',
        script: 'controller/main.ts',
        env: { CONTROLLER_PORT: String(controllerPort) },
        probeUrl: livez(controllerPort),
      },
    ]);
    const stack: Stack = {
      parts,
      ingressUrl: `http://127.0.0.1:${ingressPort}`,
      controllerUrl: `http://127.0.0.1:${controllerPort}`,
      services: children,
      healthPorts: new Map([
        ['ingress', ingressPort],
        ['mirror', mirrorPort],
        ['judge', judgePort],
        ['analyzer', analyzerPort],
        ['controller', controllerPort],
      ]),
      logFolder: parts.runFolder,
      stop,
    };
    return { stack, upstreamUrls };
  } catch (error) {
    await stop();
    throw error;
  }
};
