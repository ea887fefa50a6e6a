import { isDeepStrictEqual } from 'node:util';
import { createRegistryHttp, type RegistryHttp } from '../../platform/kafka/registry-http.ts';
import { subjectOf } from '../../platform/kafka/schema-registry.ts';
import { readTopicsAccess } from '../../platform/process/parts-access.ts';
import { avroOf } from '../../schemas/avro.ts';
import { TOPICS } from '../../schemas/topics.ts';
import { partsEnv } from '../controller/access.ts';
import { checkRegistry } from '../topics.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('schemas');
const REGISTER = 'npx node infra/create-topics.ts registers every schema';

const textOf = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'schema' in body && typeof body.schema === 'string' ? body.schema : null;

/** What the registry has of one topic, against what this version writes. */
export const schemaFindings = (topic: (typeof TOPICS)[number], status: number, body: unknown): Finding[] => {
  const subject = subjectOf(topic.name);
  if (status === 404) return [fail(`the registry has no ${subject}`, REGISTER)];
  const text = textOf(body);
  if (status !== 200 || text === null)
    return [fail(`the registry answers ${status} for ${subject}`, 'look at its log, and at what our user may read')];
  return isDeepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(avroOf(topic.schema, topic.name))))
    ? []
    : [
        warn(
          `the latest ${subject} is not what this version writes`,
          'services of another version run beside this program: bring them to one version',
        ),
      ];
};

const ofTopics = async (http: RegistryHttp): Promise<Finding[]> => {
  const found: Finding[] = [];
  for (const topic of TOPICS) {
    const { status, body } = await http.get(`/subjects/${subjectOf(topic.name)}/versions/latest`);
    found.push(...schemaFindings(topic, status, body));
  }
  return found;
};

export const schemasCheck: Check = {
  name: 'schemas',
  about: 'whether the registry answers, and has the schemas of this version',
  run: async (url) => {
    const access = readTopicsAccess(partsEnv(url));
    await checkRegistry(access);
    const findings = await ofTopics(createRegistryHttp(access));
    return findings.length === 0 ? [ok(`the registry has all ${TOPICS.length} schemas of this version`)] : findings;
  },
};
