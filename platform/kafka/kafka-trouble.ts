import type { KafkaAccess } from '../process/parts-security.ts';
import { tlsTrouble } from '../process/tls-trouble.ts';
import { kafkaErrorOf } from './kafka-client.ts';

/** Under which name Kafka knows us, as far as that can be told from this side. */
const userOf = ({ kafkaSecurity }: KafkaAccess): string => {
  if (kafkaSecurity === undefined) return 'this service, which shows nobody who it is,';
  const { sasl, tls } = kafkaSecurity;
  if (sasl === null) return tls.certificateFile === null ? 'ANONYMOUS' : 'the subject of our certificate';
  return 'username' in sasl ? sasl.username : 'the subject of our token';
};

/** What Kafka has against our connection, in words, and what to do; null for anything else, such as that nobody answers. */
export const connectionTrouble = (error: unknown, access: KafkaAccess): string | null => {
  const { name, message, code } = kafkaErrorOf(error);
  const kafka = `Kafka at ${access.brokers.join(',')}`;
  const sasl = access.kafkaSecurity?.sasl ?? null;
  if (name === 'TokenEndpointError' || message.startsWith('the file of ')) return message;
  if (name === 'KafkaJSSASLAuthenticationError' && sasl !== null) {
    if (message.includes('not supported by the server'))
      return `${kafka} does not know ${sasl.mechanism}: set KAFKA_SASL_MECHANISM to one that it has`;
    return 'username' in sasl
      ? `${kafka} refused the password of user ${sasl.username}: look at KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM`
      : `${kafka} refused our token: it has expired, or its issuer or audience is not the one that Kafka wants`;
  }
  const showsCertificate = access.kafkaSecurity?.tls.certificateFile != null;
  return tlsTrouble({ code, message }, { who: kafka, prefix: 'KAFKA', showsCertificate });
};

/** What is done with a topic, or with a consumer group. */
export type Doing = 'read' | 'write' | 'join';

/** What Kafka did not let us do, and what to grant; null if the error is another. */
export const denialOf = (error: unknown, doing: Doing, name: string, access: KafkaAccess): string | null => {
  const { type } = kafkaErrorOf(error);
  const user = userOf(access);
  const seen = 'docs/operating.md, or npx coalmine acls, has all that is needed';
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    return `${user} may not ${doing} ${name}: grant ${doing.toUpperCase()} on the topic (${seen})`;
  if (type === 'GROUP_AUTHORIZATION_FAILED')
    return `${user} may not join the consumer group ${name}: grant READ on the group (${seen})`;
  if (type === 'CLUSTER_AUTHORIZATION_FAILED')
    return `${user} may not ${doing} ${name}: grant the operation on the cluster (${seen})`;
  return null;
};

const AWAY = /^KafkaJS(Connection|BrokerNotFound|ConnectionClosed|RequestTimeout|LockTimeout)/;

/** What is wrong, as a sentence for whoever ran a command: what Kafka has against us, or that nobody answers; else the error's own words. */
export const kafkaSentence = (error: unknown, access: KafkaAccess): string => {
  const { name, type, message } = kafkaErrorOf(error);
  const kafka = `Kafka at ${access.brokers.join(',')} (KAFKA_BROKERS)`;
  const told = connectionTrouble(error, access);
  if (told !== null) return told;
  if (type.endsWith('_AUTHORIZATION_FAILED'))
    return `${userOf(access)} may not do this: ${message}; npx coalmine acls tells what \`cli\` and \`operator\` need`;
  return AWAY.test(name) ? `${kafka} does not answer; is it running?` : message;
};
