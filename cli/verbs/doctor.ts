import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKS } from '../doctor/checks.ts';
import { type Check, type Finding, findingsOf } from '../doctor/finding.ts';
import { messageOf } from '../../schemas/error-message.ts';
import { plain } from '../output/plain.ts';
import { print, printJson } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

const WITHIN_MS = 30_000;

const look = async ({ name, run }: Check, url: string): Promise<Finding[]> => {
  const { fail } = findingsOf(name);
  const late = sleep(WITHIN_MS, [fail(`no answer within ${WITHIN_MS / 1_000} s`, 'look at what it needs')], {
    ref: false,
  });
  try {
    return await Promise.race([run(url), late]);
  } catch (error) {
    return [fail(messageOf(error), 'bring it back, or say where it is: by the environment, or coalmine context set')];
  }
};

const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));

const linesOf = ({ check, level, what, todo }: Finding): string[] => [
  `${level.padEnd(4)}  ${check.padEnd(NAME_WIDTH)}  ${plain(what)}`,
  ...(todo === '' ? [] : [`${' '.repeat(NAME_WIDTH + 8)}→ ${plain(todo)}`]),
];

const examine = async ({ url, json }: { url: string; json: boolean }): Promise<void> => {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const found = await look(check, url);
    findings.push(...found);
    if (!json) print(...found.flatMap(linesOf));
  }
  if (json) printJson({ findings });
  if (findings.some(({ level }) => level === 'fail')) process.exitCode = 1;
};

export const doctor: Verb = {
  name: 'doctor',
  summary: 'looks at everything, and says what to do',
  examples: ['npx coalmine doctor', 'npx coalmine doctor --json | jq \'.findings[] | select(.level != "ok")\''],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Looks at everything that coalmine stands on, and says what is wrong and what to do about it. Changes nothing. Ends with 1 where something does not work.',
      )
      .addHelpText(
        'after',
        `\nIt looks at:\n${CHECKS.map(({ name, about }) => `  ${name.padEnd(NAME_WIDTH)}  ${about}`).join('\n')}`,
      )
      .action(examine);
  },
};
