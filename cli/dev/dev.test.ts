import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followLogs, logLine } from './follow-logs.ts';
import { startReload } from './reload.ts';
import { toReload } from './reload-plan.ts';

const PLAN = [
  { beginsWith: 'judge/', names: ['judge'] },
  { beginsWith: 'mirror/', names: ['mirror'] },
  { beginsWith: 'schemas/', names: ['judge', 'mirror'] },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-dev-'));
  for (const { beginsWith } of PLAN) mkdirSync(path.join(folder, beginsWith, 'deep'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a file concerns its own service, or all that share it; tests, pages and what editors leave concern nobody', () => {
  expect(toReload('judge/scorers/a.ts', PLAN)).toEqual(['judge']);
  expect(toReload('schemas/score.ts', PLAN)).toEqual(['judge', 'mirror']);
  for (const file of ['judge/a.test.ts', 'judge/README.md', 'judge/a.ts~', 'docs/a.ts', 'judge/.a.ts.swp'])
    expect(toReload(file, PLAN)).toEqual([]);
});

it('a change begins its service anew, once for several files, and one that does not start is said and tried again', async () => {
  const said: string[] = [];
  const stop = vi.fn(async () => {});
  const start = vi.fn(async () => {
    if (start.mock.calls.length === 1) throw new Error('it ends: SyntaxError');
  });
  const mirror = { stop: vi.fn(async () => {}), start: vi.fn(async () => {}) };
  const services = new Map([
    ['judge', { stop, start }],
    ['mirror', mirror],
  ]);
  const reload = startReload(folder, PLAN, services, (line) => said.push(line));
  try {
    writeFileSync(path.join(folder, 'judge/deep/a.ts'), '1');
    writeFileSync(path.join(folder, 'judge/b.ts'), '1');
    await vi.waitFor(
      () => expect(said).toEqual([expect.stringMatching(/^judge does not start \(judge\/.*\.ts\): it ends/)]),
      10_000,
    );
    writeFileSync(path.join(folder, 'judge/b.ts'), '2');
    await vi.waitFor(() => expect(said.at(-1)).toMatch(/^judge began anew in .* s \(judge\/b\.ts\)$/), 10_000);
    expect([stop.mock.calls.length, mirror.stop.mock.calls.length]).toEqual([2, 0]);
  } finally {
    await reload.stop();
  }
});

describe('logs', () => {
  it('show lines of a level and above in words, and whatever is no line of a log', () => {
    expect(logLine('judge', '{"level":"warn","msg":"slow"}', 'warn')).toBe('judge  warn  slow');
    expect(logLine('judge', '{"level":"info","msg":"fine"}', 'warn')).toBeNull();
    expect(logLine('judge', 'SyntaxError: x', 'warn')).toBe('judge  SyntaxError: x');
    expect(logLine('judge', '', 'warn')).toBeNull();
  });

  it('are followed from where they end now, whole lines at a time', async () => {
    const file = path.join(folder, 'judge.log');
    writeFileSync(file, '{"level":"error","msg":"before"}\n');
    const said: string[] = [];
    const logs = followLogs(folder, ['judge', 'missing'], 'warn', (line) => said.push(line));
    try {
      const write = (): void => appendFileSync(file, '{"level":"error","msg":"after"}\n{"level');
      await vi.waitFor(
        () => {
          if (said.length === 0) write();
          expect(said.length).toBeGreaterThan(0);
        },
        { timeout: 10_000, interval: 700 },
      );
      expect(said[0]).toBe('judge  error  after');
    } finally {
      logs.stop();
    }
  });
});
