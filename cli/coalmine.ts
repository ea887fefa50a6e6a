import { Command } from 'commander';
import { ownPackage } from './own-package.ts';
import { say } from './output/print.ts';
import { VERB_GROUPS } from './verbs/registry.ts';
import { commandOf, endWithTwo, examplesText } from './verbs/verb.ts';
import { messageOf } from './output/message.ts';

const createProgram = (): Command => {
  const program = new Command('coalmine')
    .description('Progressive delivery for AI agents: try it here, make keys for callers, ask what rollouts rest on.')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examplesText(['npx coalmine start', 'npx coalmine explain support-v2', 'npx coalmine explain --help']),
    )
    .version(ownPackage().version, '-V, --version', 'print the version')
    .exitOverride(endWithTwo)
    .showHelpAfterError();
  for (const [heading, verbs] of Object.entries(VERB_GROUPS))
    for (const verb of verbs) program.addCommand(commandOf(verb).helpGroup(`${heading}:`));
  return program;
};

// Whoever reads our output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await createProgram().parseAsync();
} catch (error) {
  say(`coalmine: ${messageOf(error)}`);
  process.exitCode = 1;
}
