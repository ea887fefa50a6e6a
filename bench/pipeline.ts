import path from 'node:path';
import { parseArgs } from 'node:util';
import { pinningTrouble, pinSelf } from './front-door/machine.ts';

/**
 * What evaluation costs behind the front door, stage by stage, on real Kafka, registry and Redis. See the README in
 * pipeline/ for what is measured and how.
 *
 *   npm run bench -- pipeline [--exchanges 16000] [--rounds 3] [--only judge,idle] [--recorded] [--against DIR] [--json]
 *   npm run bench -- pipeline --growth | --members [--exchanges 40000]
 */
const { values } = parseArgs({
  options: {
    exchanges: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    recorded: { type: 'boolean', default: false },
    against: { type: 'string' },
    growth: { type: 'boolean', default: false },
    members: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    role: { type: 'string' },
    checkout: { type: 'string', default: path.resolve(import.meta.dirname, '..') },
    stage: { type: 'string', default: '' },
    group: { type: 'string', default: '' },
    topics: { type: 'string', default: '' },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
};

/** A group commits once a second, so that only a longer run tells how fast several members are. */
const EXCHANGES = values.members ? 40_000 : 16_000;

const count = (name: 'exchanges' | 'rounds'): number => {
  const value = Number(values[name] ?? EXCHANGES);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1`);
  return value;
};

if (values.role === 'bare-consumer') {
  const { runBareConsumer } = await import('./pipeline/bare-consumer.ts');
  await runBareConsumer({
    root: values.checkout,
    env: { KAFKA_BROKERS: variable('KAFKA_BROKERS'), SCHEMA_REGISTRY_URL: variable('SCHEMA_REGISTRY_URL') },
    stage: values.stage,
    group: values.group,
    topics: values.topics.split(','),
  });
} else {
  const { runPipeline } = await import('./pipeline/run.ts');
  const trouble = pinningTrouble();
  if (trouble !== null) say(trouble);
  pinSelf();
  process.exitCode = await runPipeline({
    exchanges: count('exchanges'),
    rounds: count('rounds'),
    only: values.only?.split(',') ?? null,
    isRecorded: values.recorded,
    checkout: values.checkout,
    against: values.against === undefined ? null : path.resolve(values.against),
    what: values.growth ? 'growth' : values.members ? 'members' : 'stages',
    isJson: values.json,
    say,
  });
}
