import { inject } from 'vitest';
import type { PartsEnv } from '../infra/parts/config.ts';

declare module 'vitest' {
  // vitest's way to type what global set-up hands to tests is to add to its interface.
  interface ProvidedContext {
    parts: PartsEnv;
  }
}

/** Where the real Kafka, schema registry and Redis of this run are; one set for all `*.parts.test.ts`. */
export function parts(): PartsEnv {
  return inject('parts');
}
