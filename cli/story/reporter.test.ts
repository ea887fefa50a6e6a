import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { jsonReporter, textReporter } from './reporter.ts';

const LIVE = {
  elapsedMs: 1_000,
  traffic: { accepted: 12, failures: 0, requestsPerSecond: 12, carried: 'this machine keeps up' },
  rollout: null,
  lag: [],
  decisions: [],
};

const streamOf = (terminal: { isTTY?: boolean; columns?: number; rows?: number }) => {
  const written: string[] = [];
  const out = new Writable({ write: (chunk, _, done) => (written.push(String(chunk)), done()) });
  return { out: Object.assign(out, terminal), text: () => written.join('') };
};

it('the summary is the last event, whatever is said while everything stops', () => {
  const lines: string[] = [];
  const reporter = jsonReporter((line) => lines.push(line));
  reporter.progress('before');
  reporter.summary({ rollouts: [], counts: { accepted: 0, exchanges: 0, scores: 0, windows: 0, decisions: 0 } });
  reporter.progress('after');
  expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['progress', 'summary']);
});

it('a stream that is no terminal gets plain lines, and no live view', () => {
  const { out, text } = streamOf({});
  const reporter = textReporter(out);
  reporter.live(LIVE);
  reporter.progress('one');
  reporter.live({ ...LIVE, elapsedMs: 2_000 });
  reporter.progress('two');
  reporter.close();
  expect(text()).toBe('one\ntwo\n');
});

it('a terminal gets the lines above a live view as wide as it is now, which is gone at the end', () => {
  const { out, text } = streamOf({ isTTY: true, columns: 40, rows: 20 });
  const reporter = textReporter(out);
  reporter.live(LIVE);
  reporter.progress('one');
  expect(text()).toContain(`one\n`);
  expect(text()).toContain('─'.repeat(40));
  expect(text()).not.toContain('─'.repeat(41));
  out.columns = 60;
  reporter.live({ ...LIVE, elapsedMs: 2_000 });
  expect(text()).toContain('─'.repeat(60));
  const before = text().length;
  reporter.close();
  const end = text().slice(before);
  expect(end).toContain('\u001b[2K');
  expect(end).not.toContain('─');
});
