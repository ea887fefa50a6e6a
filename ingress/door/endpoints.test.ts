import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { noEndpoint, wrongMethod } from './endpoint.ts';
import { createEndpoints } from './endpoints.ts';
import type { EndpointDeps } from './endpoints.ts';

/** Nothing is called: the table alone is looked at. */
const endpoints = createEndpoints({} as EndpointDeps);

describe('the table of endpoints', () => {
  it('names each path once', () => {
    const paths = endpoints.map((endpoint) => endpoint.path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('lets nobody without a key in but to what orchestrators ask', () => {
    const open = endpoints.filter(({ access }) => access === 'open').map((endpoint) => endpoint.path);
    expect(open).toEqual(['/livez', '/readyz']);
    expect(endpoints.filter(({ access }) => access === 'operator').map((endpoint) => endpoint.path)).toEqual([
      '/metrics',
    ]);
  });

  it('is the one in the README', () => {
    const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');
    const rows = readme.split('\n').filter((line) => /^\| `(GET|POST|ANY)/.test(line));
    for (const endpoint of endpoints) {
      const row = rows.find((line) => line.includes(endpoint.path.replace('/*', '/{agent}')));
      expect(row, `${endpoint.path} in the README`).toBeDefined();
      expect(row).toContain(endpoint.method);
    }
  });

  it('tells which method a path takes, and where to begin', () => {
    const feedback = endpoints.find((endpoint) => endpoint.path === '/v1/feedback')!;
    expect(wrongMethod(feedback, 'GET')).toMatchObject({ status: 405, message: '/v1/feedback takes POST, not GET.' });
    expect(noEndpoint('/v2')).toMatchObject({ status: 404, code: 'path_not_found' });
  });
});
