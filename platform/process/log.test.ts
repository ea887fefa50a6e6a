import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createLog, type Log, scrub } from './log.ts';

const linesOf = (write: (log: Log) => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLog('judge', 'info', stream));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

it('writes JSON lines with service, level as a word, and time', () => {
  const [line] = linesOf((log) => {
    log.debug('unseen');
    log.info({ agent: 'support' }, 'hello');
  });
  expect(line).toMatchObject({ level: 'info', service: 'judge', agent: 'support', msg: 'hello' });
  expect(Date.parse(String(line?.['time']))).not.toBeNaN();
});

it('leaves out fields that hold credentials', () => {
  const [line] = linesOf((log) =>
    log.info({ apiKey: 'k', request: { headers: { authorization: 'a', accept: 'b' } } }, 'in'),
  );
  expect(line).toMatchObject({ apiKey: '[secret]', request: { headers: { authorization: '[secret]', accept: 'b' } } });
});

it.each([
  ['call with sk-proj-abcdefghijklmnop1234', 'call with [secret]'],
  ['Authorization: Bearer abc.DEF-123456', 'Authorization: Bearer [secret]'],
  ['key AKIAIOSFODNN7EXAMPLE', 'key [secret]'],
  ['redis://user:hunter22@host:6379', 'redis://user:[secret]@host:6379'],
  ['redis://:hunter22@host:6379', 'redis://:[secret]@host:6379'],
  [
    'a task-force of risk-averse people at http://host:80/a@b',
    'a task-force of risk-averse people at http://host:80/a@b',
  ],
])('scrubs what is shaped like a credential wherever it stands: %s', (text, clean) => {
  expect(scrub(text)).toBe(clean);
  expect(linesOf((log) => log.error({ err: new Error(text) }, text))[0]?.['msg']).toBe(clean);
});
