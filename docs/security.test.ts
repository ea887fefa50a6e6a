import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const page = readFileSync(path.join(import.meta.dirname, 'security.md'), 'utf8');

/** The rows of all tables whose last column names tests, each as `[a test's name](its file)`. */
const shown = page
  .split('\n\n')
  .map((block) => block.trim().split('\n'))
  .filter(([head]) => /\| shown by +\|$/.test(head ?? ''))
  .flatMap(([, , ...rows]) => rows);

const linksOf = (row: string): RegExpExecArray[] => [...row.matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)];

describe('each line of the threat model', () => {
  it('is there', () => expect(shown.length).toBeGreaterThan(40));

  it.each(shown)('names a test that there is: %s', (row) => {
    const links = linksOf(row);
    expect(links).not.toEqual([]);
    for (const [, name, file = ''] of links) {
      const source = path.join(import.meta.dirname, file);
      expect(existsSync(source), file).toBe(true);
      expect(readFileSync(source, 'utf8')).toContain(name);
    }
  });
});
