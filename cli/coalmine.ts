import { Command } from 'commander';
import { calibrateCommand } from './calibrate.ts';
import { explainCommand } from './explain.ts';
import { shadowReportCommand } from './shadow-report.ts';

/** Commands for those who run rollouts and read their evidence. */
const program = new Command('coalmine')
  .description('Progressive delivery for AI agents: what rollouts rest on.')
  .addCommand(explainCommand())
  .addCommand(calibrateCommand())
  .addCommand(shadowReportCommand())
  .showHelpAfterError();

try {
  await program.parseAsync();
} catch (error) {
  console.error(`coalmine: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
