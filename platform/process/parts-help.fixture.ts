import { helpText, type Options } from './options.ts';

/** What every service's help says of Kafka and the registry, word for word. */
const TOPICS_HELP = `KAFKA_BROKERS (needed)
    host:port of Kafka brokers, comma-separated

KAFKA_SECURITY_PROTOCOL (default: PLAINTEXT)
    PLAINTEXT, SSL, or SASL_SSL; a password without TLS (SASL_PLAINTEXT) is refused

KAFKA_SSL_CA_LOCATION (default: none)
    file with the CA that signed the brokers' certificates; without it, those that Node trusts

KAFKA_SSL_CERTIFICATE_LOCATION (default: none)
    file with our own certificate chain, for mutual TLS; with KAFKA_SSL_KEY_LOCATION

KAFKA_SSL_KEY_LOCATION (default: none)
    file with the private key of that certificate

KAFKA_SSL_KEY_PASSWORD (default: none)
    password of that private key; or KAFKA_SSL_KEY_PASSWORD_FILE, a file that holds it

KAFKA_SASL_MECHANISM (default: none)
    with SASL_SSL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER

KAFKA_SASL_USERNAME (default: none)
    user, or API key, for PLAIN and SCRAM

KAFKA_SASL_PASSWORD (default: none)
    its password, or API secret; or KAFKA_SASL_PASSWORD_FILE, a file that holds it

KAFKA_SASL_OAUTHBEARER_TOKEN (default: none)
    token for OAUTHBEARER, where something else renews it; or KAFKA_SASL_OAUTHBEARER_TOKEN_FILE, a file that holds it

KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL (default: none)
    where OAUTHBEARER gets its tokens with client credentials, and new ones before they expire

KAFKA_SASL_OAUTHBEARER_CLIENT_ID (default: none)
    the client id that the token endpoint knows

KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET (default: none)
    its client secret; or KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET_FILE, a file that holds it

KAFKA_SASL_OAUTHBEARER_SCOPE (default: none)
    the scope to ask the token endpoint for

KAFKA_SASL_OAUTHBEARER_EXTENSIONS (default: none)
    name=value, comma-separated, sent to the broker with the token (Confluent Cloud: logicalCluster, identityPoolId)

SCHEMA_REGISTRY_URL (needed)
    URL of the schema registry (http://…)

SCHEMA_REGISTRY_USERNAME (default: none)
    user, or API key, for basic authentication at the registry

SCHEMA_REGISTRY_PASSWORD (default: none)
    its password, or API secret; or SCHEMA_REGISTRY_PASSWORD_FILE, a file that holds it

SCHEMA_REGISTRY_TOKEN (default: none)
    bearer token for the registry, in place of a user; or SCHEMA_REGISTRY_TOKEN_FILE, a file that holds it

SCHEMA_REGISTRY_SSL_CA_LOCATION (default: none)
    file with the CA of an https registry; without it, those that Node trusts`;

/** What the help of services that use Redis says of its user and certificates. */
const REDIS_HELP = `REDIS_USERNAME (default: none)
    user of an access list (ACL); without it, \`default\`

REDIS_PASSWORD (default: none)
    its password; or REDIS_PASSWORD_FILE, a file that holds it

REDIS_SSL_CA_LOCATION (default: none)
    file with the CA of a Redis behind TLS (rediss://…); without it, those that Node trusts

REDIS_SSL_CERTIFICATE_LOCATION (default: none)
    file with our own certificate chain, where Redis asks for one; with REDIS_SSL_KEY_LOCATION

REDIS_SSL_KEY_LOCATION (default: none)
    file with the private key of that certificate`;

/** A service's help with a name in the place of what it has in common with others, where it stands there word for word. */
export const ownHelp = (program: string, options: Options): string =>
  helpText(program, options).replace(TOPICS_HELP, '… TOPICS_HELP').replace(REDIS_HELP, '… REDIS_HELP');
