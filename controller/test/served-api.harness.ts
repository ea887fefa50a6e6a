import { afterAll, beforeAll } from 'vitest';
import { serveApi } from '../api/http-api.io.ts';
import { accessWith } from './api-access.fixture.ts';
import { createSimulation, type SimulatedController, startSimulated } from './simulation.fixture.ts';

/** For a test file: a simulated world whose controller serves its API on this host. */
export const servedApi = (seed: number) => {
  const simulation = createSimulation(seed);
  let controller: SimulatedController;
  let api: Awaited<ReturnType<typeof serveApi>>;
  beforeAll(async () => {
    controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    api = await serveApi({ controller, ...accessWith() });
  });
  afterAll(async () => {
    await api.stop();
    await controller.stop();
  });
  return {
    simulation,
    controller: (): SimulatedController => controller,
    urlOf: (path: string): string => `http://127.0.0.1:${api.port}${path}`,
  };
};
