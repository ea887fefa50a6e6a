import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { playFor, STORY_TIMEOUT_MS, withParts } from '../story.harness.ts';
import { isOverWide, openBrowser, openPage, PHONE, signIn, violationsIn, whenLoaded, WIDE } from './browser.harness.ts';

const PICTURES = process.env['COALMINE_SCREENSHOTS'];
const LOOKS = [
  { viewport: WIDE, colorScheme: 'light' },
  { viewport: PHONE, colorScheme: 'dark' },
] as const;
/** Lists whose entries have a page of their own. */
const LISTS = ['Rollouts', 'Exchanges', 'Versions'] as const;

withParts();

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

type Look = (typeof LOOKS)[number];
const lookAt = async (page: Page, place: string, { viewport }: Look): Promise<readonly [string, object]> => {
  await whenLoaded(page);
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: path.join(PICTURES, `story-${place}-${viewport.width}.png`), fullPage: true });
  }
  const said = await page.locator('main').innerText();
  return [place, { violations: await violationsIn(page), isOverWide: await isOverWide(page), said: said !== '' }];
};

const AS_IT_MUST = { violations: [], isOverWide: false, said: true };

it('every view shows what the story left, on a wide screen and on a phone', { timeout: STORY_TIMEOUT_MS }, async () => {
  await playFor(async (url, key) => {
    for (const look of LOOKS) {
      const { page, faults, requests } = await openPage(browser, look);
      await signIn(page, url, key);
      const found: (readonly [string, object])[] = [];
      const views = page.getByRole('navigation', { name: 'views' }).getByRole('link');
      for (const title of await views.allInnerTexts()) {
        await views.getByText(title, { exact: true }).click();
        await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
        found.push(await lookAt(page, title.toLowerCase(), look));
      }
      for (const title of LISTS) {
        await views.getByText(title, { exact: true }).click();
        await page.locator(`main a[href^="#/${title.toLowerCase()}/"]`).first().click();
        await page.getByRole('heading', { level: 1 }).filter({ hasNotText: title }).waitFor();
        found.push(await lookAt(page, `one-of-${title.toLowerCase()}`, look));
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(found.map(([place]) => [place, AS_IT_MUST])));
      expect(requests.filter((asked) => !asked.startsWith(`${url}/`))).toEqual([]);
      expect(faults).toEqual([]);
    }
    const { page } = await openPage(browser);
    await signIn(page, url, key);
    expect(await page.locator('article.agent').innerText()).toMatch(/v3/);
    await page.goto(`${url}/#/shadows`);
    await page.getByText(/v2: empathy regression detected, 0\.\d+ → 0\.\d+/).waitFor();
  });
});
