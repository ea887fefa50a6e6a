#!/usr/bin/env node
// `npx coalmine …`: the command line under the Node 22 that is one of the project's packages.
process.argv.splice(2, 0, 'cli/coalmine.ts');
await import('./setup.mjs');
