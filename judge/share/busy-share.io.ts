import { performance } from 'node:perf_hooks';

/** Which part of the time since the last call this process was at work, or kept from it: 1 minus what its event loop waited. */
export const createBusyShare = (): (() => number) => {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
};
