import { Writable } from 'node:stream';
import { createLog, type Log } from '../../platform/process/log.ts';

/** A log, and the messages that were written to it from `warn` on, or at any level that is asked for. */
export const createLines = (level = 'info'): { log: Log; lines: string[]; text: () => string } => {
  const lines: string[] = [];
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      lines.push((JSON.parse(String(chunk)) as { msg: string }).msg);
      done();
    },
  });
  return { log: createLog('secured-test', level, stream), lines, text: () => text };
};
