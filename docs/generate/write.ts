import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED } from './generated.ts';

const root = path.resolve(import.meta.dirname, '../..');

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

for (const { file, make } of GENERATED) {
  const place = path.join(root, file);
  const current = read(place);
  const made = make(current);
  if (made === current) continue;
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, made);
  process.stdout.write(`${file}\n`);
}
