import type { TestProject } from 'vitest/node';
import { buildPage } from '../infra/build-page.ts';
import { chromium } from '../infra/parts/chromium.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The page as its sources are now, and the browser to look at it with. */
export default async function setup(project: TestProject): Promise<void> {
  await buildPage(say);
  project.provide('chromium', await chromium(say));
}
