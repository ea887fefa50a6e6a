import kafkajs from 'kafkajs';
import { createKafka } from '../platform/kafka/kafka-client.ts';
import { silentLog } from '../platform/process/log.ts';
import { option, readOptions } from '../platform/process/options.ts';
import { type KafkaAccess, kafkaSecurityOf } from '../platform/process/parts-security.ts';
import { kafkaOptions } from '../platform/process/service-options.ts';
import { type Grant, grantsOf, type Principal, PRINCIPALS } from '../schemas/topic-access.ts';
import { z } from 'zod';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP };

/** One grant as the entries that Kafka keeps, one for each operation. `user` is the principal's name in Kafka, `User:…`. */
export const entriesOf = (user: string, { resource, name, operations }: Grant) =>
  operations.map((operation) => ({
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: user,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }));

/** Gives each principal what it needs, and no more; what is there already stays. Rejects when Kafka refuses. */
export const applyAcls = async (access: KafkaAccess, userOf: (principal: Principal) => string): Promise<number> => {
  const admin = createKafka({ ...access, clientId: 'coalmine-apply-acls', log: silentLog }).admin();
  const acl = PRINCIPALS.flatMap((principal) =>
    grantsOf(principal).flatMap((grant) => entriesOf(userOf(principal), grant)),
  );
  await admin.connect();
  try {
    await admin.createAcls({ acl });
    return acl.length;
  } finally {
    await admin.disconnect();
  }
};

if (import.meta.main) {
  const OPTIONS = {
    ...kafkaOptions,
    prefix: option(
      'PRINCIPAL_PREFIX',
      z.string().default('User:'),
      'what stands before ingress, mirror, judge, analyzer, controller, cli and create-topics in the names of users',
    ),
    suffix: option('PRINCIPAL_SUFFIX', z.string().default(''), 'what stands after them'),
  };
  try {
    const values = readOptions(OPTIONS, process.env);
    const { brokers, prefix, suffix } = values;
    const count = await applyAcls({ brokers, ...kafkaSecurityOf(values) }, (name) => `${prefix}${name}${suffix}`);
    console.log(
      `${count} entries are in force, for ${PRINCIPALS.map((name) => `${prefix}${name}${suffix}`).join(', ')}`,
    );
  } catch (error) {
    console.error(`apply-acls: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
