import { readFileSync } from 'node:fs';
import { runProgram } from './program.ts';

/**
 * When a process was born, as letters and digits the system makes up; empty if there is no such process. A pid together
 * with its birth names one process for ever, while the pid alone is given to another one some day.
 */
export async function birthOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    const { stdout } = await runProgram('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.replaceAll(/\W/g, '');
  }
  try {
    return birthInStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return '';
  }
}

/** Field 22 of a /proc stat line; empty for a zombie (field 3), which is dead and only waits to be noticed. */
export function birthInStat(stat: string): string {
  // The name in field 2 may hold blanks and brackets, so counting starts behind it.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? '' : (fields[18] ?? '');
}
