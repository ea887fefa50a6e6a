import { expect, it } from 'vitest';
import { nextFreeLabel } from './next-label.ts';

it.each([
  ['v1', [], 'v1.1'],
  ['v1', ['v1.1'], 'v1.2'],
  ['v1.3', [], 'v1.4'],
  ['v1.9', ['v1.10'], 'v1.11'],
  ['v1.3.2', [], 'v1.3.3'],
  ['2025-06', [], '2025-06.1'],
  ['concise', [], 'concise-2'],
  ['concise', ['concise-2'], 'concise-3'],
  ['x'.repeat(63), [], `${'x'.repeat(62)}2`],
])('after %s, with %j taken, comes %s', (label, taken: string[], next) => {
  expect(nextFreeLabel(label, (one) => one === label || taken.includes(one))).toBe(next);
});
