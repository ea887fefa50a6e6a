import { expect, it } from 'vitest';
import { jsonReporter } from './reporter.ts';

it('the summary is the last event, whatever is said while everything stops', () => {
  const lines: string[] = [];
  const reporter = jsonReporter((line) => lines.push(line));
  reporter.progress('before');
  reporter.summary({ rollouts: [], counts: { accepted: 0, exchanges: 0, scores: 0, windows: 0, decisions: 0 } });
  reporter.progress('after');
  expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['progress', 'summary']);
});
