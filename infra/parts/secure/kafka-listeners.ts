import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { SECURE_HOST, type SecureWorld } from './world.ts';

/** The ports of a secured broker beside the one for users with passwords and tokens, and the controller's. */
export type SecurePorts = {
  /** In plain text, for the broker itself and for whoever started it. */
  internal: number;
  /** Mutual TLS. */
  mutual: number;
};

const jaas = (module: string, options: string): string =>
  `org.apache.kafka.common.security.${module} required ${options};`.replace(' ;', ';');

/**
 * What a secured broker is told beside what every broker is: three listeners, users, and that nobody may do what no entry
 * allows. Tokens are taken unsigned, as the broker does by itself without a key server: they are for tests.
 */
export function secureProperties(
  world: SecureWorld,
  { port, controllerPort }: { port: number; controllerPort: number },
  ports: SecurePorts,
): Record<string, string> {
  const keys = path.join(world.folder, 'kafka.pem');
  writeFileSync(keys, `${world.server.key}\n${world.server.certificate}`, { mode: 0o600 });
  const listener = 'listener.name.sasl_ssl';
  const users = [...world.passwordOf].map(([name, password]) => `user_${name}="${password}"`).join(' ');
  return {
    listeners: [
      `SASL_SSL://127.0.0.1:${port}`,
      `SSL://127.0.0.1:${ports.mutual}`,
      `INTERNAL://127.0.0.1:${ports.internal}`,
      `CONTROLLER://127.0.0.1:${controllerPort}`,
    ].join(','),
    'advertised.listeners': [
      `SASL_SSL://${SECURE_HOST}:${port}`,
      `SSL://${SECURE_HOST}:${ports.mutual}`,
      `INTERNAL://127.0.0.1:${ports.internal}`,
    ].join(','),
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,SSL:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'false',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keys,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': path.join(world.folder, 'ca.pem'),
    'listener.name.ssl.ssl.client.auth': 'required',
    'listener.name.ssl.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${listener}.plain.sasl.jaas.config`]: jaas('plain.PlainLoginModule', users),
    [`${listener}.scram-sha-256.sasl.jaas.config`]: jaas('scram.ScramLoginModule', ''),
    [`${listener}.scram-sha-512.sasl.jaas.config`]: jaas('scram.ScramLoginModule', ''),
    [`${listener}.oauthbearer.sasl.jaas.config`]: jaas(
      'oauthbearer.OAuthBearerLoginModule',
      'unsecuredLoginStringClaim_sub="broker"',
    ),
    'connections.max.reauth.ms': '3600000',
  };
}

/** What the storage tool is told so that the cluster begins with its SCRAM users. */
export const scramArguments = ({ passwordOf }: SecureWorld): string[] =>
  [...passwordOf].flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
