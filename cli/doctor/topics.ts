import { topicConfig, topicPlans } from '../../infra/create-topics.ts';
import { createTopicsReader, type TopicState } from '../../platform/kafka/topic-state.ts';
import { withKafka } from '../topics.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('topics');

/** What our topics must have for events to be kept and read; the rest is the operator's to choose. */
const SETTINGS = ['cleanup.policy', 'retention.ms', 'max.message.bytes', 'message.timestamp.type'];
const CREATE = 'npx node infra/create-topics.ts makes what is missing';

type Plan = ReturnType<typeof topicPlans>[number];

/** What differs from what `infra/create-topics.ts` makes. */
export const topicFindings = (plan: Plan, state: TopicState | undefined): Finding[] => {
  const { name, partitions } = plan;
  if (state === undefined) return [fail(`there is no topic ${name}`, CREATE)];
  const wanted = topicConfig(plan, 1);
  const others = SETTINGS.filter((setting) => state.config !== null && state.config[setting] !== wanted[setting]);
  return [
    ...(state.partitions === partitions
      ? []
      : [
          fail(
            `${name} has ${state.partitions} partitions, not ${partitions}`,
            'keys choose partitions by their count: set it in schemas/topics.ts to what is there, or drain the topic and make it anew',
          ),
        ]),
    ...(state.underReplicated === 0
      ? []
      : [
          fail(
            `${state.underReplicated} partitions of ${name} lack a copy`,
            'look at the brokers: one is away or behind',
          ),
        ]),
    ...others.map((setting) =>
      warn(
        `${name} has ${setting}=${state.config?.[setting] ?? 'none'}, not ${wanted[setting]}`,
        `kafka-configs.sh --alter --topic ${name} --add-config ${setting}=${wanted[setting]}, unless it is meant`,
      ),
    ),
  ];
};

export const topicsCheck: Check = {
  name: 'topics',
  about: 'whether Kafka answers, and has every topic as it must be',
  run: (url) => {
    const plans = topicPlans();
    return withKafka(
      createTopicsReader,
      async (reader) => {
        const { brokers, topics } = await reader.read(plans.map(({ name }) => name));
        const findings = plans.flatMap((plan) =>
          topicFindings(
            plan,
            topics.find(({ name }) => name === plan.name),
          ),
        );
        const letters = topics.filter(({ name, records }) => name.endsWith('.dlq') && records > 0);
        return [
          ok(`Kafka answers (${brokers === 1 ? '1 broker' : `${brokers} brokers`})`),
          ...(findings.length === 0 ? [ok(`all ${plans.length} topics are as they must be`)] : findings),
          ...letters.map(({ name, records }) =>
            warn(`${name} holds ${records} records`, '`coalmine dlq list` says what could not be decoded, and why'),
          ),
        ];
      },
      url,
    );
  },
};
