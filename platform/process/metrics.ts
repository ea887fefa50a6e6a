import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A service's metrics in the Prometheus text format. Asking again for a name gives the metric that is there. */
export type Metrics = {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram;
  /** Adds CPU, memory and event-loop lag of this process. */
  addProcess(): void;
  /** Called before each `text()`, for what would be set far more often than it is looked at. */
  beforeText(set: () => void): void;
  text(): Promise<string>;
  contentType: string;
};

/**
 * The event loop's lag is measured as the time between two looks at it, so it is never below this. prom-client's own 10 ms
 * are a hundred wake-ups a second, most of what a process with nothing to do costs.
 */
const EVENT_LOOP_LOOK_EVERY_MS = 100;

/** Names get the prefix `coalmine_<service>_`; units are base units (seconds, bytes) and stand last in the name. */
export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  let hasProcess = false;
  const setters: (() => void)[] = [];
  const made = new Map<string, unknown>();
  const once = <M>(name: string, make: (fullName: string) => M): M => {
    const fullName = `coalmine_${service.replace(/\W/g, '_')}_${name}`;
    const metric = (made.get(fullName) as M | undefined) ?? make(fullName);
    made.set(fullName, metric);
    return metric;
  };
  const registers = [registry];
  return {
    counter: (name, help, labelNames = []) => once(name, (n) => new Counter({ name: n, help, labelNames, registers })),
    gauge: (name, help, labelNames = []) => once(name, (n) => new Gauge({ name: n, help, labelNames, registers })),
    histogram: (name, help, buckets, labelNames = []) =>
      once(name, (n) => new Histogram({ name: n, help, buckets: [...buckets], labelNames, registers })),
    addProcess: () => {
      if (!hasProcess)
        collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_EVERY_MS });
      hasProcess = true;
    },
    beforeText: (set) => void setters.push(set),
    text: () => {
      for (const set of setters) set();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
};
