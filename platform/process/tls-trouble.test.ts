import net from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createAuthority, createCertificate, type Pair } from '../../infra/parts/secure/certificates.ts';
import { tlsTrouble } from './tls-trouble.ts';

let authority: Pair;
let foreign: Pair;
let server: net.Server | undefined;
beforeAll(async () => {
  [authority, foreign] = await Promise.all([createAuthority('ours'), createAuthority('foreign')]);
});
afterEach(() => void server?.close());

/** What is said of a connection to a server with this certificate; null in plain text. */
const sayingOf = async (own: Pair | null, client: tls.ConnectionOptions = {}, asks = false): Promise<string | null> => {
  server =
    own === null
      ? net.createServer((socket) => socket.on('error', () => {}).on('data', () => socket.end('-ERR what?\r\n')))
      : tls.createServer({ cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: asks });
  server.on('tlsClientError', () => {}).on('secureConnection', (socket: tls.TLSSocket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const options = { port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificate, ...client };
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const socket = tls.connect(options);
    socket.on('error', resolve).on('close', () => resolve(null));
    socket.on('data', () => socket.destroy());
    if (!asks) socket.on('secureConnect', () => socket.destroy());
  });
  if (error === null) return null;
  const asked = { who: 'Kafka', prefix: 'KAFKA', showsCertificate: client.cert !== undefined };
  return tlsTrouble({ code: error.code ?? '', message: error.message }, asked);
};
const of = (plan: { hosts?: string[]; expired?: boolean }, by = authority): Promise<Pair> =>
  createCertificate(by, { name: 'kafka', hosts: ['localhost'], ...plan });

it('says nothing of a server whose certificate is good', async () => {
  expect(await sayingOf(await of({}))).toBeNull();
});

it('names an expired certificate, a foreign authority, another name, and a port without TLS', async () => {
  expect(await sayingOf(await of({ expired: true }))).toBe('the certificate of Kafka has expired: renew it there');
  expect(await sayingOf(await of({}, foreign))).toBe(
    'the certificate of Kafka is signed by a CA that we do not trust: name that CA in KAFKA_SSL_CA_LOCATION',
  );
  expect(await sayingOf(await of({ hosts: ['broker.example.com'] }))).toMatch(
    /^the certificate of Kafka is for another name than the one that we call: Host: localhost\. is not .*broker\.example\.com/,
  );
  expect(await sayingOf(null)).toBe('Kafka does not speak TLS on that port');
});

it('names a certificate of ours that lacks, that a foreign authority signed, or that has expired', async () => {
  const own = await of({});
  expect(await sayingOf(own, {}, true)).toBe(
    'Kafka asks for a certificate of ours: set KAFKA_SSL_CERTIFICATE_LOCATION and KAFKA_SSL_KEY_LOCATION',
  );
  // Node's server hangs up without a word on one that it does not trust; these are Java's words, which Kafka has.
  const said = (code: string): string | null =>
    tlsTrouble({ code, message: '' }, { who: 'Kafka', prefix: 'KAFKA', showsCertificate: true });
  const renew = 'renew KAFKA_SSL_CERTIFICATE_LOCATION, signed by a CA that Kafka trusts';
  expect(said('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')).toBe(`Kafka refused our certificate (unknown ca): ${renew}`);
  expect(said('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED')).toBe(
    `Kafka refused our certificate (certificate expired): ${renew}`,
  );
  expect(said('ECONNRESET')).toBeNull();
});
