import { Command } from 'commander';
import { VERBS } from './verbs/registry.ts';
import { commandOf, examplesText } from './verbs/verb.ts';

const argumentsOf = ({ registeredArguments }: Command): string =>
  registeredArguments.map((argument) => `<${argument.name()}>`).join(' ');

const program = new Command('coalmine')
  .description('Progressive delivery for AI agents: try it here, make keys for callers, ask what rollouts rest on.')
  .configureHelp({ subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trim() })
  .addHelpText(
    'after',
    examplesText(['npx coalmine start', 'npx coalmine explain support-v2', 'npx coalmine explain --help']),
  )
  .showHelpAfterError();
for (const verb of VERBS) program.addCommand(commandOf(verb));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`coalmine: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
