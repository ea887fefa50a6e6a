import { Command } from 'commander';

/** One verb of the `coalmine` program. */
export type Verb = {
  name: string;
  /** What it does, in one line of the list of verbs. */
  summary: string;
  /** Whole command lines to learn from. */
  examples: readonly string[];
  /** Gives the command its arguments, its options and what it does, which may reject with a sentence for the user. */
  define: (command: Command) => void;
};

export const examplesText = (examples: readonly string[]): string =>
  ['\nExamples:', ...examples.map((line) => `  ${line}`)].join('\n');

export const commandOf = ({ name, summary, examples, define }: Verb): Command => {
  const command = new Command(name).summary(summary);
  define(command);
  return command.addHelpText('after', examplesText(examples));
};

/** Ends with 2 where the command line is wrong, for verbs whose 1 tells that a thing was not done. */
export const endWithTwo = ({ exitCode }: { exitCode: number }): never => process.exit(exitCode === 0 ? 0 : 2);
