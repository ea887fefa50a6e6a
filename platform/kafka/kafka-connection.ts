import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory, SASLOptions } from 'kafkajs';
import { secretText } from '../process/options.ts';
import type { KafkaSasl, KafkaSecurity } from '../process/parts-security.ts';
import { tlsOptionsOf } from '../process/tls-files.ts';
import { createTokenSource } from './access-tokens.ts';

const require = createRequire(import.meta.url);

const KEEP_ALIVE_MS = 60_000;

type SaslExchange = {
  request: unknown;
  response?: { decode(raw: Buffer): Promise<Buffer>; parse(bytes: Buffer): Promise<void> };
};
type SaslArguments = { saslAuthenticate(exchange: SaslExchange): Promise<unknown> };
type Provider = (given: SaslArguments) => { authenticate(): Promise<void> };

const NAMES = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram256', 'SCRAM-SHA-512': 'scram512' } as const;

/** kafkajs' own mechanism, made anew for each connection with the password as it is then. */
const passwordProvider = ({ mechanism, username, password }: Extract<KafkaSasl, { username: string }>): Provider => {
  const make = require(`kafkajs/src/broker/saslAuthenticator/${NAMES[mechanism]}`) as (sasl: object) => Provider;
  return (given) => ({ authenticate: () => make({ username, password: secretText(password) })(given).authenticate() });
};

/**
 * kafkajs' own sends the token and takes it for accepted: a broker that refuses it says so in an answer without an error
 * code (RFC 7628, 3.2.2), and closes the connection after the next request.
 */
const tokenProvider = ({ token, extensions }: Extract<KafkaSasl, { token: unknown }>): Provider => {
  const { request } = require('kafkajs/src/protocol/sasl/oauthBearer') as {
    request(sasl: object, token: { value: string; extensions: object }): Promise<unknown>;
  };
  const { KafkaJSSASLAuthenticationError } = require('kafkajs/src/errors') as {
    KafkaJSSASLAuthenticationError: new (message: string) => Error;
  };
  const tokenNow = createTokenSource(token, () => Date.now());
  const response = {
    // The bytes stand behind their count, −1 for none.
    decode: async (raw: Buffer) => raw.subarray(4),
    parse: async (bytes: Buffer) => {
      if (bytes.length > 0) throw new KafkaJSSASLAuthenticationError('the broker refused the token');
    },
  };
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      await saslAuthenticate({ request: await request({}, { value: await tokenNow(), extensions }), response });
    },
  });
};

/** Connects like kafkajs' own factory, with the certificates as they are then; a password goes out under a checked name alone. */
const tlsSockets =
  (files: KafkaSecurity['tls']): ISocketFactory =>
  ({ host, port, onConnect }) => {
    const named = net.isIP(host) === 0 ? { servername: host } : {};
    return tls.connect({ host, port, ...named, ...tlsOptionsOf(files) }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS);
  };

type Connecting = { ssl: true; socketFactory: ISocketFactory; sasl?: SASLOptions };
const made = new WeakMap<KafkaSecurity, Connecting>();

/**
 * What kafkajs' clients connect with: all clients of one process share it, and with it a token. Passwords, tokens and
 * certificates are taken as they are when a connection is made.
 */
export const connectingOf = (security: KafkaSecurity | undefined): Connecting | undefined => {
  const known = security && made.get(security);
  if (security === undefined || known) return known;
  const { tls: files, sasl } = security;
  const authenticationProvider = sasl && ('token' in sasl ? tokenProvider(sasl) : passwordProvider(sasl));
  const connecting: Connecting = {
    ssl: true,
    socketFactory: tlsSockets(files),
    ...(sasl ? { sasl: { mechanism: sasl.mechanism, authenticationProvider } as unknown as SASLOptions } : {}),
  };
  made.set(security, connecting);
  return connecting;
};
