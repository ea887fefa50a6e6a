import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../infra/build-page.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { PAGE_FOLDER } from './page.io.ts';

const MAX_SCRIPT_BYTES = 90_000;

// Before the controller is served, which reads the page's files when it starts.
beforeAll(() => buildPage(() => {}));
const { urlOf } = servedApi(1);
const assets = (): string[] => readdirSync(path.join(PAGE_FOLDER, 'assets'));

describe('the page', () => {
  it('is there without a key, under a policy that takes nothing from elsewhere and nothing inline', async () => {
    const { status, headers } = await fetch(urlOf('/'));
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-cache');
  });

  it('has no script or style in its HTML', () => {
    const html = readFileSync(path.join(PAGE_FOLDER, 'page.html'), 'utf8');
    expect(html).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/i);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('has files that browsers keep for good, packed for those who take that', async () => {
    for (const name of assets()) {
      const { status, headers } = await fetch(urlOf(`/assets/${name}`));
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toContain('immutable');
      expect(headers.get('content-encoding')).toBe('gzip');
      const plain = await fetch(urlOf(`/assets/${name}`), { headers: { 'accept-encoding': 'identity' } });
      expect(plain.headers.get('content-encoding')).toBeNull();
    }
  });

  it('gives no other file, however it is asked for', async () => {
    for (const asked of ['/assets/none.js', '/assets/..%2fpage.html', '/assets/%2e%2e/.stamp', '/page.html'])
      expect([401, 404]).toContain((await fetch(urlOf(asked))).status);
  });

  it(`weighs less than ${MAX_SCRIPT_BYTES} bytes of script, packed, and has no schema library in it`, () => {
    const scripts = assets()
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(path.join(PAGE_FOLDER, 'assets', name)));
    expect(scripts.reduce((sum, script) => sum + gzipSync(script).length, 0)).toBeLessThan(MAX_SCRIPT_BYTES);
    expect(scripts.some((script) => script.includes('ZodError'))).toBe(false);
  });

  it('is built to be served, though a test built it: it says nothing of its sources', () => {
    for (const name of assets())
      expect(readFileSync(path.join(PAGE_FOLDER, 'assets', name), 'utf8')).not.toMatch(/lineNumber|dashboard\/views/);
  });
});
