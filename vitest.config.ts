import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of two cores vitest would use one; much of what unit tests do is to wait. */
const UNIT_WORKERS = availableParallelism() + 1;

/** These wait even more, for Kafka, a browser and for services to start; each uses topics, agents and ports of its own. */
const PARTS_WORKERS = 3;

/** They take longest. Begun last, as files so short are where nothing is known of their times, one of them would run alone in the end. */
const LONGEST = /\/test\/(?:story|printed-commands|outages)\.parts\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Files that do more under `npm run test:slow`, by what they import. */
const LONGER_WHEN_WHOLE = globSync('**/*.test.ts', {
  cwd: import.meta.dirname,
  exclude: (name) => name === 'node_modules',
}).filter((file) => /\/whole\.ts'/.test(readFileSync(path.join(import.meta.dirname, file), 'utf8')));

/** Tests go by no context of whoever runs them. */
const env = { XDG_CONFIG_HOME: path.join(import.meta.dirname, '.coalmine', 'no-config') };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{alone,browser,parts,screenshots,slow}.test.ts'],
          maxWorkers: UNIT_WORKERS,
          // A process for each file would take half as long again, to load the same modules.
          isolate: false,
          provide: { isWhole: false },
          sequence: { groupOrder: 0 },
          // A machine that does other things stalls a test of milliseconds for seconds.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'unit-alone',
          env,
          include: ['**/*.alone.test.ts'],
          exclude: ['**/node_modules/**'],
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'browser',
          env,
          include: ['**/*.browser.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/browser.setup.ts'],
          maxWorkers: PARTS_WORKERS,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'screenshots',
          env,
          include: ['**/*.screenshots.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/browser.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'parts',
          env,
          include: ['**/*.parts.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/parts.setup.ts'],
          maxWorkers: PARTS_WORKERS,
          provide: { isWhole: false },
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'slow',
          env,
          include: ['**/*.slow.test.ts', ...LONGER_WHEN_WHOLE],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/parts.setup.ts', 'test/browser.setup.ts'],
          provide: { isWhole: true },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
