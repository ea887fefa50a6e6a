import axe from 'axe-core';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';
import { inject } from 'vitest';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export const WIDE = { width: 1360, height: 860 };
export const PHONE = { width: 360, height: 740 };

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the browser is. */
    chromium: string;
  }
}

export const openBrowser = (): Promise<Browser> =>
  playwright.launch({ executablePath: inject('chromium'), args: ARGUMENTS });

type Look = { viewport?: typeof WIDE; colorScheme?: 'light' | 'dark' };

/** A page of its own, as a person has it who has never been there, and what went wrong in it. */
export const openPage = async (browser: Browser, { viewport = WIDE, colorScheme = 'light' }: Look = {}) => {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  page.setDefaultTimeout(15_000);
  return { page, faults, requests };
};

/** Signed in with a key, as a person does it. */
export const signIn = async (page: Page, url: string, key: string): Promise<void> => {
  await page.goto(`${url}/`);
  await page.getByLabel('Your key for the controller').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
};

/** Once everything that the place shows has been answered. */
export const whenLoaded = (page: Page): Promise<void> =>
  page.locator('.loading').first().waitFor({ state: 'detached' });

type Violation = { id: string; nodes: { html: string }[] };
/** What axe finds against it, each with the first element that it is about. */
export const violationsIn = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source);
  // All rules run; what they are content with is not written out.
  const violations = (await page.evaluate(
    'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)',
  )) as Violation[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
};

export const isOverWide = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
