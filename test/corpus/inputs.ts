import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Input, inputOf } from './input-file.ts';

const FILE = /^([a-z0-9-]+)[/\\]([a-z0-9-]+)\.http$/;

/** All inputs beside this file, in order of their names. */
export const allInputs = (): Input[] =>
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .flatMap((file) => {
      const [, kind, name] = FILE.exec(file) ?? [];
      return kind === undefined ? [] : [{ file, id: `${kind}/${name}` }];
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ file, id }) => inputOf(id, readFileSync(path.join(import.meta.dirname, file), 'utf8')));
