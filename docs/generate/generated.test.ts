import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED } from './generated.ts';
import { table, withPart } from './table.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('what is generated', () => {
  it.each(GENERATED.map(({ file, make }) => [file, make] as const))('%s says what the code says', (file, make) => {
    const place = path.join(root, file);
    const current = existsSync(place) ? readFileSync(place, 'utf8') : '';
    expect(current, 'run `npm run generate`').toBe(make(current));
  });
});

describe('a part of a page', () => {
  it('is replaced between its marks alone', () => {
    const page = 'a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n';
    expect(withPart(page, 'x', 'new')).toBe('a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n');
    expect(() => withPart(page, 'y', 'new')).toThrow('generated: y');
  });

  it('escapes what would end a cell', () => {
    expect(table(['a', 'b'], [['1|2', 'x\ny']])).toBe('| a | b |\n| --- | --- |\n| 1\\|2 | x y |');
  });
});
