import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { gate } from '../cli/verbs/gate.ts';

const at = (file: string): string => path.resolve(import.meta.dirname, file);
const read = (file: string): string => readFileSync(at(file), 'utf8');

const validatorOf = (schema: string) =>
  new Ajv({ strict: false, validateFormats: false, logger: false }).compile(
    JSON.parse(read(`ci-schemas/${schema}`)) as object,
  );

/** The options of every call of the gate in a workflow, wherever it stands. */
const optionsIn = (text: string): string[] =>
  text
    .split(/\n(?=\s*(?:- |env:|after_script:))/)
    .filter((part) => part.includes('coalmine.mjs gate'))
    .flatMap((part) => part.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? []);

describe.each([
  [
    'examples/ci/github.yml',
    'github-workflow.json',
    { jobs: { gate: { 'runs-on': 'ubuntu-latest', steps: [{ runs: 'x' }] } } },
  ],
  [
    'examples/ci/gitlab.yml',
    'gitlab-ci.json',
    { 'eval-gate': { script: 'x', artifacts: { reports: { junits: 'x' } } } },
  ],
])('%s', (file, schema, faulty) => {
  const text = read(`../${file}`);

  it(`fits the schema that is published for it (${schema})`, () => {
    const validate = validatorOf(schema);
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...(parse(text) as object), ...faulty })).toBe(false);
  });

  it('gives the gate options that it has', () => {
    const command = new Command();
    gate.define(command);
    const known = command.options.flatMap(({ short, long }) => [short, long]);
    const given = optionsIn(text);
    expect(given).toEqual(expect.arrayContaining(['-f', '--markdown', '--junit', '--json', '--max-judge-usd']));
    expect(given.filter((option) => !known.includes(option))).toEqual([]);
  });
});
