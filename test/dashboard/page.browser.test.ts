import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isOverWide, openBrowser, openPage, PHONE, signIn, violationsIn, whenLoaded } from './browser.harness.ts';
import { HOSTILE } from './hostile.fixture.ts';
import { PLACES } from './places.fixture.ts';
import { ADMIN_KEY, serveSeeded, VIEWER_KEY } from './seeded.harness.ts';

let seeded: Awaited<ReturnType<typeof serveSeeded>>;
let browser: Browser;
beforeAll(async () => {
  seeded = await serveSeeded(Date.now());
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await seeded.stop();
});

// A key has ten streams of events at most.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

const goTo = async (
  page: Page,
  { hash, heading }: Pick<(typeof PLACES)[number], 'hash' | 'heading'>,
): Promise<void> => {
  await page.goto(`${seeded.url}/${hash}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await whenLoaded(page);
};

describe.each(['light', 'dark'] as const)('every view, %s', (colorScheme) => {
  it('has nothing that axe finds wrong, asks nobody else for anything, and breaks no policy', async () => {
    const { page, faults, requests } = await openPage(browser, { colorScheme });
    await page.goto(`${seeded.url}/`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await signIn(page, seeded.url, ADMIN_KEY);
    const found: Record<string, string[]> = {};
    for (const place of PLACES) {
      await goTo(page, place);
      found[place.name] = await violationsIn(page);
    }
    expect(found).toEqual(Object.fromEntries(PLACES.map(({ name }) => [name, []])));
    expect(requests.filter((asked) => !asked.startsWith(`${seeded.url}/`))).toEqual([]);
    expect(faults).toEqual([]);
  });
});

const LONG = {
  v3: 'release-2026-11-30-hotfix-shorter-prompt',
  empathy: 'kindness_of_the_whole_conversation_by_rubric',
  gpu_utilisation: 'gpu_utilisation_of_the_whole_cluster_in_frankfurt',
  warm: 'warm-greeting-with-the-name-of-the-customer',
};

/** Rollouts with long names for short ones. */
const lengthenNames = (page: Page): Promise<unknown> =>
  page.route('**/v1/rollouts*/**', async (route) => {
    const response = await route.fetch();
    const body = Object.entries(LONG).reduce(
      (text, [name, long]) => text.replaceAll(`"${name}"`, `"${long}"`),
      await response.text(),
    );
    await route.fulfill({ response, body });
  });

describe('on a phone', () => {
  it('no view is wider than the screen, however long names are', async () => {
    const { page, faults } = await openPage(browser, { viewport: PHONE });
    await lengthenNames(page);
    await signIn(page, seeded.url, ADMIN_KEY);
    const found: Record<string, unknown> = {};
    for (const place of PLACES) {
      await goTo(page, place);
      found[place.name] = await isOverWide(page);
    }
    expect(found).toEqual(Object.fromEntries(PLACES.map(({ name }) => [name, false])));
    expect(faults).toEqual([]);
  });
});

describe('the overview', () => {
  it('says of each release whether it is worse, on what proof, and who is affected, the most urgent first', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    const cards = page.locator('article.agent');
    expect(await cards.locator('h2').allTextContents()).toEqual(['search', 'billing', 'support', 'guide']);
    const first = await cards.nth(1).innerText();
    expect(first).toMatch(/Perhaps worse in errors/);
    expect(first).toMatch(/\d+(\.\d)? of 20/);
    expect(first).toMatch(/\d+ % of users\n[\d,]+ requests so far/);
  });
});

describe('a version in service that got worse', () => {
  it('comes first, in words with its figures, leads to what shows it, and can be taken back', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    const card = page.locator('article.agent').first();
    await card.locator('.badge', { hasText: 'Worse in service' }).waitFor();
    expect(await card.innerText()).toMatch(
      /Quality of v2 in service fell since .* UTC: empathy 0.78 → 0.64 \(n = 2,310\), on category=irrelevance/,
    );
    await card.getByRole('link', { name: 'Answers that show it' }).click();
    await page.getByRole('heading', { name: 'Exchanges' }).waitFor();
    expect([await page.getByLabel('below').inputValue(), await page.getByLabel('Slice').inputValue()]).toEqual([
      '0.78',
      'category=irrelevance',
    ]);
    await page.goBack();
    await act(page, 'Roll back', 'as it was');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await vi.waitFor(() => expect(stableOf('search')).toBe('v1'));
    await card.locator('.badge', { hasText: 'Worse in service' }).waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });
});

describe('a rollout', () => {
  it('shows its limits and how they stand, gauges, who judges, what is tolerated, and every arm of an experiment', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    const cardOf = (heading: string) =>
      page.locator('section.card').filter({ has: page.getByRole('heading', { level: 2, name: heading }) });
    await goTo(page, { hash: '#/rollouts/support-v3?metric=empathy', heading: /^support-v3/ });
    const limits = await cardOf('Limits').innerText();
    expect(limits).toMatch(/Response time\nlatency_p95\s+at most 2 s\s+[\d.]+ s\nn = [\d,]+\s+✓\s*Holds/);
    expect(limits).toMatch(/gpu_utilisation\noutside gauge\s+at most 0\.9\s+0\.77\n/);
    expect(limits).toMatch(/gpu_cost\s*of the agent\s+12\.4 \$ an hour[^]*stale/);
    expect(await cardOf('Metrics').innerText()).toMatch(/Empathy[^]*gpt-4o \(gpt\) same family as v3/);
    const charts = cardOf('Empathy');
    expect(await charts.innerText()).toMatch(/Tolerated\s+up to −0\.2/);
    await charts.locator('summary').first().click();
    expect(await charts.getByRole('columnheader').allTextContents()).toContain('tolerated');

    await goTo(page, { hash: '#/rollouts/search-v3', heading: /^search-v3/ });
    const headings = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(headings.slice(0, 2)).toEqual(['Limits', 'Metrics']);
    expect(await cardOf('Limits').innerText()).toContain('Stopped it');
    expect(await page.locator('.facts').innerText()).toMatch(
      /beyond its limit of response time[^]*at most 700 ms is allowed/,
    );

    await goTo(page, { hash: '#/rollouts/greeting', heading: /^greeting/ });
    const arms = cardOf('Arms');
    expect(await arms.getByRole('rowheader').allTextContents()).toEqual(
      ['', ''].flatMap(() => [expect.any(String), 'stable (control)', 'warm', 'brief']),
    );
    await arms.getByRole('link', { name: 'brief' }).first().click();
    await page.getByRole('heading', { name: /over time: brief beside stable/ }).waitFor();
    expect(faults).toEqual([]);
  });
});

describe('who has no key, or a wrong one', () => {
  it('is asked for one, and told how to get it', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${seeded.url}/`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('npm run keys -- create');
    expect(await page.locator('header').innerText()).not.toMatch(/Live|Asked|lost/);
    await page.getByLabel('Your key for the controller').fill('cm_live_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toMatch(/key/);
  });
});

const act = async (page: Page, label: string, reason: string): Promise<void> => {
  await page.getByRole('group', { name: 'actions' }).getByRole('button', { name: label, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(reason);
  await dialog.getByRole('button', { name: label, exact: true }).click();
};

const stableOf = (agent: string): string | undefined =>
  seeded.controller.agents((name) => name === agent)[0]?.routing?.arms.find(({ name }) => name === 'stable')?.version;

describe('an action', () => {
  it('says what it will do, takes a reason, and shows in the rollout and its decisions', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await goTo(page, { hash: '#/rollouts/billing-v2', heading: /^billing-v2/ });
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    expect(await page.getByRole('dialog').innerText()).toContain('Weights stay as they are until somebody resumes it');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await act(page, 'Pause', `because ${HOSTILE.script}`);
    await page.locator('h1 .badge', { hasText: 'Paused' }).waitFor();
    await page.locator('.timeline').getByText(HOSTILE.script).first().waitFor();
    await act(page, 'Resume', '');
    await page.locator('h1 .badge', { hasText: 'Perhaps worse' }).waitFor();
    await act(page, 'Skip stage', 'on with it');
    await page.locator('.timeline').getByText('on with it').first().waitFor();
    await act(page, 'Abort', 'enough');
    await page.locator('h1 .badge', { hasText: 'Aborted' }).waitFor();
    expect(seeded.controller.rollout('billing-v2')?.state).toBe('aborted');
    const pause = page.getByRole('button', { name: /^Pause/ });
    expect(await pause.getAttribute('aria-disabled')).toBe('true');
    expect(await pause.textContent()).toContain('it is over');
    await act(page, 'Begin anew', 'once more');
    await page.locator('h1 .badge', { hasNotText: 'Aborted' }).waitFor();
    await goTo(page, { hash: '#/rollouts/support-v3', heading: /^support-v3/ });
    await act(page, 'Promote', 'it is good');
    await page.locator('h1 .badge', { hasText: 'Promoted' }).waitFor();
    await act(page, 'Roll back', 'it is not');
    await vi.waitFor(() => expect(stableOf('support')).toBe('v1'));
  });

  it('that the key may not do can not be pressed, here or after a reload, and says which role it takes', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, VIEWER_KEY);
    await page.reload();
    await page.locator('header').getByText('vic (key_vic)').waitFor();
    await goTo(page, { hash: '#/rollouts/billing-v2', heading: /^billing-v2/ });
    await page.getByText('To act: it takes a key with the role operate, and yours has view.').waitFor();
    const actions = page.getByRole('group', { name: 'actions' }).getByRole('button');
    for (const action of await actions.all()) {
      expect(await action.getAttribute('aria-disabled')).toBe('true');
      await action.click({ force: true });
    }
    expect(await actions.first().textContent()).toContain('role operate');
    await goTo(page, { hash: '#/pipeline', heading: 'Pipeline' });
    await page.getByRole('button', { name: 'Send back' }).first().click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe('what others wrote', () => {
  it('is shown as text: no element, script or dialog comes of it', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await goTo(page, { hash: '#/versions/support/v2', heading: /^support v2/ });
    expect(await page.locator('main').innerText()).toContain(HOSTILE.tag);
    await goTo(page, { hash: '#/audit?agent=search', heading: 'Audit' });
    expect(await page.locator('main').innerText()).toContain(HOSTILE.image);
    await goTo(page, { hash: '#/exchanges/01JD0003QZ7M3XV5T8W2RB', heading: 'Exchange' });
    for (const text of [HOSTILE.script, HOSTILE.link, `that was rude ${HOSTILE.image}`])
      expect(await page.locator('main').innerText()).toContain(text);
    await goTo(page, { hash: '#/gates/support-questions', heading: /^support-questions/ });
    expect(await page.locator('main').innerText()).toContain(HOSTILE.link);
    await goTo(page, { hash: '#/shadows', heading: 'Shadow' });
    expect(await page.locator('main').innerText()).toContain(HOSTILE.script);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await page.locator('main img, main script, main iframe, main svg[onload]').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('a gate', () => {
  it('shows the worst questions, with what is right, both answers word by word, and what was found', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, VIEWER_KEY);
    await goTo(page, { hash: '#/gates/support-questions', heading: /^support-questions/ });
    const [first, second] = await page.locator('article.question').allInnerTexts();
    expect(first).toMatch(/order-4711[^]*Where is my order[^]*It arrives on Friday[^]*Shipped[^]*empathy 0.1/);
    expect(await page.locator('article.question del').first().innerText()).not.toBe('');
    expect(second).toMatch(/refund-7[^]*Read the terms/);
  });
});

describe('the pipeline', () => {
  it('shows records a second over time, of the reader that one asks for, and how much is judged and mirrored', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, VIEWER_KEY);
    await goTo(page, { hash: '#/pipeline', heading: 'Pipeline' });
    expect(await page.locator('tr', { hasText: 'coalmine.exchanges' }).first().innerText()).toMatch(/35.5 \/ s/);
    await page.getByText('Records a second: judge from exchanges').waitFor();
    await page.getByLabel('Who reads what').selectOption({ label: 'analyzer from scores' });
    await page.getByText('Records a second: analyzer from scores').waitFor();
    await page.getByLabel('Agent').selectOption('support');
    await page
      .getByText(
        'Lately the judge scores 70 % of the answers and 40 % of those planned for judge models, as it is behind. 20 % are mirrored.',
      )
      .waitFor();
    expect(await page.locator('.plot canvas').count()).toBe(2);
    expect(faults).toEqual([]);
  });
});

describe('a dead letter', () => {
  it('is sent back once that is confirmed, and what came of it is said', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await goTo(page, { hash: '#/pipeline', heading: 'Pipeline' });
    expect(await page.locator('main').innerText()).toMatch(/Falls behind[^]*4,210[^]*95 seconds/);
    await page.getByText(HOSTILE.image).waitFor();
    await page.getByRole('button', { name: 'Send back' }).click();
    await page.getByRole('dialog').getByText('1 will be sent back').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Send back' }).click();
    await page.getByRole('dialog').getByText('1 sent back').waitFor();
    expect(faults).toEqual([]);
  });

  it('is sent back with all others of its group, once one has read how many that are and what becomes of the rest', async () => {
    const { page, faults } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await goTo(page, { hash: '#/pipeline', heading: 'Pipeline' });
    await page.getByText('12 of judge').waitFor();
    await page.getByRole('button', { name: 'Send all of judge back' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('9 will be sent back').waitFor();
    expect(await dialog.innerText()).toMatch(/3 sent back before[^]*2 still can’t be decoded[^]*1 from nowhere/);
    await dialog.getByRole('button', { name: 'Send back' }).click();
    await dialog.getByText('9 sent back').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(faults).toEqual([]);
  });
});

describe('who signs out', () => {
  it('is out, and a copy of the cookie lets nobody in any more', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, VIEWER_KEY);
    const [cookie] = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const copy = { cookie: `${cookie?.name}=${cookie?.value}` };
    expect((await fetch(`${seeded.url}/v1/agents`, { headers: copy })).status).toBe(401);
  });
});

describe('by keyboard', () => {
  it('one skips to the content, and sees where one is', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await page.reload();
    await page
      .getByRole('heading', { name: 'Sign in' })
      .or(page.getByRole('heading', { name: 'Overview' }))
      .waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });
});

describe('a connection that is lost', () => {
  it('is said, what was known stays, and all comes back by itself', async () => {
    const { page } = await openPage(browser);
    await signIn(page, seeded.url, ADMIN_KEY);
    await page.locator('.connection.live').waitFor();
    await page.locator('article.agent').first().waitFor();
    await page.context().setOffline(true);
    await seeded.goAway();
    await page.getByText('Connection lost, trying again').waitFor();
    expect(await page.locator('article.agent').count()).toBe(4);
    await page.context().setOffline(false);
    await seeded.comeBack();
    await page.locator('.connection.live').waitFor();
    await page.context().setOffline(true);
    await page.goto(`${seeded.url}/#/rollouts`);
    await page.getByText('Connection lost, trying again').waitFor();
    await page.context().setOffline(false);
    await page.locator('.connection.live').waitFor();
    await page.getByRole('link', { name: 'support-v3' }).waitFor();
  });
});
