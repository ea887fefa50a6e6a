import { expect, it } from 'vitest';
import { servedApi } from '../test/served-api.harness.ts';
import { openApi, SERVED } from './openapi.ts';

const served = servedApi(31);
const get = (path: string, headers = {}): Promise<Response> => fetch(served.urlOf(path), { headers });

it('the document has each endpoint of the contract once, with its role, and every reference in it leads somewhere', () => {
  const document = openApi();
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(SERVED).sort());
  for (const { operationId, 'x-role': role, responses } of operations) {
    expect(role).toBe(SERVED[operationId]?.role);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '403']));
  }
  const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, ref = ''] of refs) {
    const found = ref.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], document);
    expect(found, ref).toBeDefined();
  }
});

it('is told to whoever asks, with no key, but to no page of another origin', async () => {
  const told = await get('/openapi.json');
  expect([told.status, await told.json()]).toEqual([200, openApi()]);
  for (const path of ['/openapi.json', '/reference'])
    expect((await get(path, { origin: 'http://evil.example' })).status).toBe(403);
});

it('the page of it runs nothing, asks nobody for anything, and has the line to call each endpoint', async () => {
  const told = await get('/reference');
  expect(told.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  const page = await told.text();
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=|https?:/);
  for (const name of Object.keys(SERVED)) expect(page).toContain(`id="${name}"`);
  expect(page.match(/<pre>curl/g)).toHaveLength(Object.keys(SERVED).length);
  const linked = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(linked.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
});
