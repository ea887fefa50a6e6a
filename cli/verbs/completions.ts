import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell, type Words } from '../completions/script.ts';
import type { Verb } from './verb.ts';

const wordsOf = (command: Command): Words => ({
  name: command.name(),
  about: command.summary() || command.description(),
  options: command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description, argChoices, required, optional }) => ({
      names: [short, long].filter((name) => name !== undefined),
      about: description,
      takesValue: required || optional,
      choices: argChoices ?? [],
    })),
  choices: command.registeredArguments[0]?.argChoices ?? [],
  commands: command.commands.map(wordsOf),
});

const write = (shell: Shell, _: unknown, command: Command): void => {
  const program = command.parent;
  if (program !== null) process.stdout.write(`${completionScript(shell, wordsOf(program))}\n`);
};

export const completions: Verb = {
  name: 'completions',
  summary: 'prints the completion script of a shell',
  examples: [
    'npx coalmine completions zsh > "${fpath[1]}/_coalmine"',
    'source <(npx coalmine completions bash)',
    'npx coalmine completions fish > ~/.config/fish/completions/coalmine.fish',
  ],
  define: (command) => {
    command
      .description(
        'Prints the completion of `coalmine` for a shell: its verbs, their options and the values that these may have.',
      )
      .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
      .addHelpText('after', '\nIt completes a program `coalmine` on your PATH, such as alias coalmine="npx coalmine".')
      .action(write);
  },
};
