import { generate } from 'selfsigned';

/** A certificate and its private key, in PEM form. */
export type Pair = { certificate: string; key: string };

const DAY_MS = 86_400_000;
const settings = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A certificate authority of its own, for parts on this machine. */
export async function createAuthority(name: string): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...settings,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** What a certificate is for: the hosts of a server, or nothing but the name of a client. `expired` has ended yesterday. */
export type CertificatePlan = { name: string; hosts?: readonly string[]; expired?: boolean };

/** A certificate that the authority signed. */
export async function createCertificate(
  authority: Pair,
  { name, hosts = [], expired }: CertificatePlan,
): Promise<Pair> {
  const nowMs = Date.now();
  const made = await generate([{ name: 'commonName', value: name }], {
    ...settings,
    ca: { key: authority.key, cert: authority.certificate },
    notBeforeDate: new Date(nowMs - 3 * DAY_MS),
    notAfterDate: new Date(expired === true ? nowMs - DAY_MS : nowMs + 30 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: (hosts.length > 0 ? hosts : [name]).map((host) =>
          /^[\d.]+$/.test(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host },
        ),
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}
