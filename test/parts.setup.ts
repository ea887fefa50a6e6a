import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startParts } from '../infra/parts/parts.ts';

/** Starts the real parts once for the `parts` project, on free ports beside whatever else runs; stops them at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parts = await startParts({
    home: path.join(project.vitest.config.root, '.coalmine'),
    ports: 'free',
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('parts', parts.env);
  return parts.stop;
}
