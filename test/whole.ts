import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isWhole: boolean;
  }
}

/** True under `npm run test:slow`, which also runs what takes the suite too long. */
export const isWhole = inject('isWhole');
