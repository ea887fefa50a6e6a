import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, PHONE, signIn, whenLoaded, WIDE } from './browser.harness.ts';
import { ADMIN_KEY, serveSeeded } from './seeded.harness.ts';
import { PLACES } from './places.fixture.ts';

const FOLDER = process.env['COALMINE_SCREENSHOTS'] ?? path.resolve(import.meta.dirname, '../../docs/images');
/** All that there is, for whoever works on the page; else those that the documents show. */
const isAll = process.env['COALMINE_SCREENSHOTS'] !== undefined;

const LOOKS = {
  wide: { viewport: WIDE },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  phone: { viewport: PHONE },
} as const;
const IN_DOCUMENTS = new Set([
  'overview-wide',
  'rollout-wide',
  'rollout-dark',
  'rollout-phone',
  'overview-phone',
  'shadow-wide',
]);

let seeded: Awaited<ReturnType<typeof serveSeeded>>;
let browser: Browser;
beforeAll(async () => {
  seeded = await serveSeeded(Date.now());
  browser = await openBrowser();
  mkdirSync(FOLDER, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  await seeded.stop();
});

describe('pictures of the page', () => {
  it.each(Object.entries(LOOKS))('are taken as one sees it: %s', async (look, how) => {
    const { page, faults } = await openPage(browser, how);
    await signIn(page, seeded.url, ADMIN_KEY);
    for (const { name, hash, heading } of PLACES) {
      if (!isAll && !IN_DOCUMENTS.has(`${name}-${look}`)) continue;
      await page.goto(`${seeded.url}/${hash}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await whenLoaded(page);
      await page.screenshot({ path: path.join(FOLDER, `${name}-${look}.png`), fullPage: isAll });
    }
    expect(faults).toEqual([]);
  });
});
