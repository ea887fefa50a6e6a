import { EXIT_CODES } from '../verdict/verdict.ts';
import type { Report } from './report.ts';

/** Everything, for programs. A runner of CI that looks for `##[` in each line finds none. */
export const json: Report = (result) => {
  const { verdict, ...rest } = result;
  const told = { kind: 'GateReport', exitCode: EXIT_CODES[verdict.verdict], ...verdict, ...rest };
  return JSON.stringify(told, null, 2).replaceAll('##[', '#\\u0023[');
};
