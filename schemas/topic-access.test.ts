import { expect, it } from 'vitest';
import { REDIS_RULES, redisRuleText } from './redis-access.ts';
import { grantsOf, PRINCIPALS } from './topic-access.ts';
import { GROUPS, TOPICS } from './topics.ts';

it('gives each service what it writes and reads, its groups and their dead letters, and no more', () => {
  expect(grantsOf('mirror')).toEqual([
    { resource: 'topic', name: 'coalmine.exchanges', operations: ['READ'] },
    { resource: 'topic', name: 'coalmine.shadows', operations: ['WRITE'] },
    { resource: 'topic', name: 'coalmine.mirror.dlq', operations: ['WRITE'] },
    { resource: 'group', name: 'coalmine-mirror', operations: ['READ'] },
  ]);
  expect(grantsOf('ingress').flatMap(({ name, operations }) => [name, ...operations])).toEqual([
    'coalmine.exchanges',
    'WRITE',
    'coalmine.feedback',
    'WRITE',
  ]);
});

it('lets the controller look at every group and its dead letters, and set neither right', () => {
  const of = (name: string): string[] =>
    grantsOf('controller').flatMap((grant) => (grant.name === name ? grant.operations : []));
  expect(of('coalmine.judge.dlq')).toEqual(['READ']);
  expect(of('coalmine.controller.dlq')).toEqual(['READ', 'WRITE']);
  expect([of('coalmine.exchanges'), of('coalmine.partials')]).toEqual([['READ'], ['DESCRIBE']]);
  expect([of('coalmine-judge'), of('coalmine-controller')]).toEqual([['DESCRIBE'], ['READ']]);
});

it('has a writer and a reader with the right for every topic, and a member for every group', () => {
  const granted = PRINCIPALS.filter((one) => !['cli', 'operator', 'create-topics'].includes(one)).flatMap(grantsOf);
  const holders = (name: string, operation: string): number =>
    granted.filter((grant) => grant.name === name && grant.operations.some((one) => one === operation)).length;
  for (const { name, writers, readers } of TOPICS) {
    expect([name, holders(name, 'WRITE')]).toEqual([name, writers.length]);
    expect([name, holders(name, 'READ')]).toEqual([name, new Set(readers.map(({ service }) => service)).size]);
  }
  for (const group of Object.values(GROUPS)) expect(holders(group, 'READ')).toBe(1);
});

it('lets nobody write what he only looks at in Redis', () => {
  expect(redisRuleText(REDIS_RULES.mirror!)).toBe(
    'resetkeys resetchannels -@all %R~coalmine:routing:* &coalmine:routing +info +client|setinfo +ping +scan +mget +subscribe +unsubscribe',
  );
});
