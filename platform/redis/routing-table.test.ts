import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { silentLog } from '../process/log.ts';
import { createRoutingFile, readRoutingFile } from './routing-file.ts';
import { followRouting } from './routing-table.ts';

const NO_REDIS = 'redis://127.0.0.1:1';
const view = (agent: string): RoutingView => ({
  agent,
  sequence: 1,
  rollout: '',
  salt: 's',
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://a', weight: 100 }],
  versions: [],
  rules: NO_RULES,
  flags: [],
  shadow: null,
  shadowTools: 'pass',
  http: null,
  judging: null,
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 1,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coalmine-routing-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('is there at once with the file’s views when Redis is away', async () => {
  const file = join(folder, 'routing.json');
  await writeFile(file, JSON.stringify([view('support'), view('tools')]));
  const table = await followRouting({ redisUrl: NO_REDIS, file, log: silentLog });
  expect([...table.views.keys()]).toEqual(['support', 'tools']);
  expect(table.isKnown()).toBe(true);
  expect(table.healthy()).toBe(false);
  await table.stop();
});

it.each(['', 'not json', '[{"agent":"support"}]'])('starts empty when the file can’t be read: %s', async (content) => {
  const file = join(folder, 'routing.json');
  await writeFile(file, content);
  const table = await followRouting({ redisUrl: NO_REDIS, file, log: silentLog });
  expect(table.views.size).toBe(0);
  expect(table.isKnown()).toBe(false);
  await table.stop();
});

it('one view in the file that can’t be read is left out alone', async () => {
  const file = join(folder, 'routing.json');
  await writeFile(file, JSON.stringify([{ ...view('support'), sequence: 2 ** 33 }, view('tools')]));
  expect((await readRoutingFile(file, silentLog)).map(({ agent }) => agent)).toEqual(['tools']);
});

it('keeps the last views on disk, whole, and leaves nothing else behind', async () => {
  const file = join(folder, 'deep', 'routing.json');
  const views = new Map<string, RoutingView>();
  const kept = createRoutingFile(file, views, silentLog);
  for (let i = 0; i < 50; i++) {
    views.set(`a${i}`, view(`a${i}`));
    kept.changed();
  }
  await kept.flush();
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveLength(50);
  expect(await readRoutingFile(file, silentLog)).toEqual([...views.values()]);
  expect(await readdir(join(folder, 'deep'))).toEqual(['routing.json']);
});
