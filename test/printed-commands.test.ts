import path from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { VERBS } from '../cli/verbs/registry.ts';
import { commandOf } from '../cli/verbs/verb.ts';
import { coalmineLines, shellBlocks } from './printed/blocks.ts';
import { NOT_RUN } from './printed/not-run.ts';
import { RUN } from './printed/run.ts';
import { readTree } from './tidy/tree.ts';

const verbs = await Promise.all(VERBS.map(({ load }) => load()));
const tree = readTree(path.resolve(import.meta.dirname, '..'));

it('every block of commands in a page is run by a test, or is listed with the reason why none can', () => {
  const known = [...RUN, ...NOT_RUN];
  const blocks = shellBlocks(tree);
  expect(blocks.length).toBeGreaterThan(15);
  const unclear = blocks
    .map(({ file, line, text }) => ({
      place: `${file}:${line}`,
      entries: known.filter((entry) => entry.file === file && text.includes(entry.has)).length,
    }))
    .filter(({ entries }) => entries !== 1);
  expect(unclear).toEqual([]);
  expect(known).toHaveLength(blocks.length);
});

/** As a shell takes a line apart, with something in the place of what a reader is to fill in. */
const wordsOf = (line: string): string[] =>
  line
    .replace(/ +#.*$| > .*$| *&$/, '')
    .replaceAll(/<[^>]*>/g, 'something')
    .replaceAll(/[[\]]/g, '')
    .replaceAll('…', 'something')
    .replaceAll(/--replay \S+/g, '--replay test')
    .match(/"[^"]*"|'[^']*'|\S+/g)
    ?.map((word) => word.replaceAll(/^["']|["']$/g, '')) ?? [];

/** The real program with its options, which does nothing. */
const idleProgram = (): Command => {
  const quiet = (command: Command): void => {
    command.exitOverride((error) => {
      throw error;
    });
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const below of command.commands) quiet(below);
  };
  const program = new Command('coalmine');
  for (const verb of verbs) program.addCommand(commandOf(verb));
  quiet(program);
  return program;
};

it('every coalmine command in a page has a verb, arguments and options that the program takes', () => {
  const lines = coalmineLines(tree).filter(({ text }) => text !== '' && text !== 'keys');
  expect(lines.length).toBeGreaterThan(20);
  const refused = lines.flatMap(({ file, line, text }) => {
    const [verb = '', ...words] = wordsOf(text);
    if (verb === 'something' || verb === 'help' || words.includes('--help')) return [];
    try {
      idleProgram().parse([verb, ...words], { from: 'user' });
      return [];
    } catch (error) {
      return [`${file}:${line}: ${text}: ${String(error)}`];
    }
  });
  expect(refused).toEqual([]);
});
