import type { PartsEnv } from './config.ts';
import type { SecureWorld } from './secure/world.ts';

export type PartSignal = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT';

/** One broker, registry or Redis that is ours, as a child process or a container. */
export type Part = {
  /** Starts it, again too, on the same port and data; settles when it answers. Does nothing if it runs. */
  start: () => Promise<void>;
  /** Settles once it is gone, or at once for SIGSTOP and SIGCONT. Does nothing if it is gone. */
  kill: (signal: PartSignal) => Promise<void>;
  /** Ends it for good, cleanly. */
  stop: () => Promise<void>;
};

/** Parts with their addresses chosen, not started yet. */
export type PlacedParts = {
  /** Where logs go, and what lives no longer than this start. */
  runFolder: string;
  /** Where each part is, if it is to be ours. */
  env: PartsEnv;
  /** Null where everything is in plain text, and open to all. */
  secured: SecuredParts | null;
  /** By name: kafka (kafka-2, kafka-3), registry, redis. */
  parts: Map<string, Part>;
  /** Removes what only these parts needed, once they are stopped. */
  clean: () => void;
};

/** Users and certificates of secured parts, and ways to them that ask for neither, for whoever started them. */
export type SecuredParts = {
  world: SecureWorld;
  /** `host:port` where everything may be done to Kafka. */
  adminBroker: string;
  /** `host:port` that asks for a certificate, and for no password. */
  mutualBroker: string;
  /** The registry, which asks for nothing there. */
  registryUrl: string;
};

/** Which parts are to be ours; the others are given. */
export type Wanted = { kafka: boolean; registry: boolean; redis: boolean };

export type PlaceOptions = {
  home: string;
  env: NodeJS.ProcessEnv;
  ports: 'fixed' | 'free';
  brokers: 1 | 3;
  onProgress: (line: string) => void;
};
