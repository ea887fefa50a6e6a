import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as CreateTopics from '../../infra/create-topics.ts';
import type * as Bus from '../../platform/kafka/kafka-bus.ts';
import type * as Log from '../../platform/process/log.ts';
import type * as Metrics from '../../platform/process/metrics.ts';
import type * as Inputs from '../../analyzer/rows/inputs.ts';
import type * as Topics from '../../schemas/topics.ts';

/**
 * The code of a checkout that speaks to its topics: this one's, or an older one's beside it. Both layouts are known here,
 * so that each side's records are written, read and decoded by its own schemas.
 */

/** Where a module stands, in this layout and in the one before services were cut by concept. */
const PLACES = {
  bus: ['platform/kafka/kafka-bus.ts', 'platform/kafka-bus.ts'],
  log: ['platform/process/log.ts', 'platform/log.ts'],
  metrics: ['platform/process/metrics.ts', 'platform/metrics.ts'],
  topics: ['schemas/topics.ts'],
  createTopics: ['infra/create-topics.ts'],
  inputs: ['analyzer/rows/inputs.ts', 'analyzer/core/inputs.ts'],
} as const;

type Modules = {
  bus: typeof Bus;
  log: typeof Log;
  metrics: typeof Metrics;
  topics: typeof Topics;
  createTopics: typeof CreateTopics;
  inputs: typeof Inputs;
};

export type Checkout = { root: string } & Modules;

/** Throws an Error that names what a checkout lacks. */
export const loadCheckout = async (root: string): Promise<Checkout> => {
  const load = async <K extends keyof Modules>(name: K): Promise<Modules[K]> => {
    const file = PLACES[name].map((place) => path.join(root, place)).find((place) => existsSync(place));
    if (file === undefined) throw new Error(`${root} has no ${PLACES[name].join(', and no ')}; is it a checkout?`);
    return (await import(pathToFileURL(file).href)) as Modules[K];
  };
  return {
    root,
    bus: await load('bus'),
    log: await load('log'),
    metrics: await load('metrics'),
    topics: await load('topics'),
    createTopics: await load('createTopics'),
    inputs: await load('inputs'),
  };
};

/** A bus of the checkout's own. */
export const openBus = (
  { bus, log, metrics }: Checkout,
  env: { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string },
  clientId: string,
) =>
  bus.createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId,
    log: log.silentLog,
    metrics: metrics.createMetrics(clientId.replaceAll('-', '_')),
  });
