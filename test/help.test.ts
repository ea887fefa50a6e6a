import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { SERVICES } from './tidy/tree.ts';

const root = path.resolve(import.meta.dirname, '..');
const run = promisify(execFile);

it.each(SERVICES)(
  'node %s/main.ts --help prints its options and starts nothing, whatever is missing',
  async (service) => {
    const { stdout, stderr } = await run(process.execPath, [`${service}/main.ts`, '--help'], { cwd: root, env: {} });
    expect(stdout).toMatch(new RegExp(`^${service} is set by variables`));
    expect(stdout).toContain(`\n${service.toUpperCase()}_`);
    expect(stderr).toBe('');
  },
);

it.each(['pipeline', 'front-door', 'decisions', 'soak'])(
  'npm run bench -- %s --help prints how it is called, and measures nothing',
  async (bench) => {
    const { stdout, stderr } = await run(process.execPath, ['bench/main.ts', bench, '--help'], { cwd: root });
    expect(stdout).toContain(`npm run bench -- ${bench} [--`);
    expect(stderr).toBe('');
  },
);
