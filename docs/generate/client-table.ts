import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LIBRARIES, type LibraryRow } from '../../test/clients/libraries.fixture.ts';
import { table } from './table.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The versions of packages by their names, as npm's and pip's lists have them. */
const versionsOf = (language: LibraryRow['language']): Readonly<Record<string, string>> => {
  if (language === 'JavaScript')
    return (JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }).devDependencies;
  const lines = read('test/clients/python/requirements.txt').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('==') as [string, string]));
};

const packagesOf = ({ packages, language }: LibraryRow): string => {
  const versions = versionsOf(language);
  return packages.map((name) => `\`${name}\` ${(versions[name] ?? '').replace('^', '')}`).join(', ');
};

/** The client libraries that are tried, for docs/clients.md. */
export const clientTable = (): string =>
  table(
    ['library', 'language', 'packages', 'calls', 'a refusal (400) raises', 'a stream that breaks off raises'],
    LIBRARIES.map((row) => [
      `[${row.name}](../test/clients/${row.id}.test.ts)`,
      row.language,
      packagesOf(row),
      `\`${row.speaks}\``,
      `\`${row.raises.refused}\``,
      `\`${row.raises.broken}\``,
    ]),
  );
