import { Command } from 'commander';
import { controllerUrl, URL_PROSE } from '../controller/access.ts';
import { plainUrl } from './option-values.ts';

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

/** What the program ends with. 1 is a sentence on stderr; 3 and 4 tell how a thing ended that was waited for, which went as it was asked. */
export const EXIT = { usage: 2, failed: 3, inconclusive: 4 } as const;

export const examplesText = (examples: readonly string[]): string =>
  ['\nExamples:', ...examples.map((line) => `  ${line}`)].join('\n');

/** Ends with 2 where the command line is wrong: 1 tells that a thing was not done. */
export const endWithTwo = ({ exitCode }: { exitCode: number }): never => process.exit(exitCode === 0 ? 0 : EXIT.usage);

const usageHint = (verb: string): string => `\`coalmine ${verb} --help\` shows how it is used`;

export const commandOf = ({ name, summary, examples, define }: Verb): Command => {
  const command = new Command(name).summary(summary).exitOverride(endWithTwo).showHelpAfterError(usageHint(name));
  define(command);
  for (const one of command.commands) one.showHelpAfterError(usageHint(`${name} ${one.name()}`));
  return command.addHelpText('after', examplesText(examples));
};

/** Which controller is asked. */
export const withUrl = (command: Command): Command =>
  command.option('--url <url>', URL_PROSE, plainUrl, controllerUrl());

/** `json`: one value on stdout in place of words for people, or one a line where a verb goes on. */
export const withJson = (command: Command, prose = 'print one JSON object instead'): Command =>
  command.option('--json', prose, false);
