import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{parts,slow}.test.ts'],
        },
      },
      {
        test: {
          name: 'parts',
          include: ['**/*.parts.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/parts.setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['**/*.slow.test.ts'],
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
