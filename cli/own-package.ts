import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Package = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

/** What package.json says of this program. */
export const ownPackage = (): z.infer<typeof Package> =>
  Package.parse(JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../package.json'), 'utf8')));
