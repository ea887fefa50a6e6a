import { expect, it } from 'vitest';
import { grantsOf, PRINCIPALS } from '../../schemas/topic-access.ts';
import { aclsText } from './acls.ts';

const options = { prefix: 'User:CN=', suffix: ',O=example', bootstrapServer: 'kafka:9093', json: false };

it("prints a call of Kafka's tool for each right, and a line for redis-cli for each user of Redis", () => {
  const lines = aclsText(options).split('\n');
  expect(lines).toContain(
    "kafka-acls.sh --bootstrap-server kafka:9093 --command-config admin.properties --add --allow-principal 'User:CN=analyzer,O=example' --operation READ --operation WRITE --topic coalmine.partials",
  );
  expect(lines.filter((line) => line.startsWith('kafka-acls.sh'))).toHaveLength(PRINCIPALS.flatMap(grantsOf).length);
  expect(lines.filter((line) => line.startsWith('ACL SETUSER')).map((line) => line.split(' ')[2])).toEqual([
    'ingress',
    'mirror',
    'judge',
    'controller',
    'cli',
  ]);
});

it('prints the same as JSON', () => {
  const [ingress] = JSON.parse(aclsText({ ...options, json: true })) as { user: string; kafka: unknown }[];
  expect(ingress).toMatchObject({ user: 'User:CN=ingress,O=example', kafka: grantsOf('ingress') });
});
