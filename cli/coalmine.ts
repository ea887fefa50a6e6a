import { Command } from 'commander';
import { ownPackage } from './own-package.ts';
import { say } from './output/print.ts';
import { VERBS } from './verbs/registry.ts';
import { commandOf, endWithTwo, examplesText } from './verbs/verb.ts';
import { messageOf } from '../schemas/error-message.ts';

/** The verb that is asked for; all of them for whatever tells of the program, and where there is none of that name. */
const wantedVerbs = (asked?: string): typeof VERBS => {
  const named = VERBS.filter(({ name }) => name === asked && name !== 'completions');
  return named.length === 0 ? VERBS : named;
};

const createProgram = async (): Promise<Command> => {
  const program = new Command('coalmine')
    .description('Progressive delivery for AI agents: try it here, make keys for callers, ask what rollouts rest on.')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examplesText(['npx coalmine start', 'npx coalmine explain support-v2', 'npx coalmine explain --help']),
    )
    .version(ownPackage().version, '-V, --version', 'print the version')
    .exitOverride(endWithTwo)
    .showHelpAfterError(`There are: ${VERBS.map(({ name }) => name).join(', ')}. \`coalmine --help\` tells of each`);
  for (const { heading, load } of wantedVerbs(process.argv[2]))
    program.addCommand(commandOf(await load()).helpGroup(`${heading}:`));
  return program;
};

// Whoever reads our output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await (await createProgram()).parseAsync();
} catch (error) {
  say(`coalmine: ${messageOf(error)}`);
  process.exitCode = 1;
}
