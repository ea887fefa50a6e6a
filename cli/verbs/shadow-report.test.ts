import { describe, expect, it } from 'vitest';
import { shadowReport } from './shadow-report.ts';
import { commandOf } from './verb.ts';

const run = (...argv: string[]) => {
  const command = commandOf(shadowReport)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parseAsync(argv, { from: 'user' });
};

describe('the shadow-report command', () => {
  it('says what it needs', async () => {
    const { KAFKA_BROKERS: brokers } = process.env;
    process.env['KAFKA_BROKERS'] = '';
    try {
      await expect(run('support-v2')).rejects.toThrow('KAFKA_BROKERS is missing');
    } finally {
      if (brokers === undefined) delete process.env['KAFKA_BROKERS'];
      else process.env['KAFKA_BROKERS'] = brokers;
    }
  });

  it.each([
    [['--limit', '3'], "missing required argument 'rollout'"],
    [['support-v2', '--limit', 'many'], 'give a whole number'],
    [['support-v2', '--since', '1h'], 'unknown option'],
  ])('refuses %j', async (argv, words) => {
    await expect(run(...argv)).rejects.toThrow(words);
  });
});
