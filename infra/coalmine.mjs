#!/usr/bin/env node
// `npx coalmine …`: the command line, from whatever folder, under the Node 22 that is one of the project's packages.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, `${fileURLToPath(new URL('..', import.meta.url))}cli/coalmine.ts`);
await import('./setup.mjs');
