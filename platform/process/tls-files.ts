import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { EnvError, type Secret, secretText } from './options.ts';

/** Files in PEM form for TLS: whom to trust (null: what Node trusts), and who we are, where the other side asks. */
export type TlsFiles = {
  caFile: string | null;
  certificateFile: string | null;
  keyFile: string | null;
  keyPassword: Secret | null;
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause: error,
    });
  }
};

/**
 * What a TLS connection is made with, read from the files as they are now, so that a renewed certificate counts from the
 * next connection on. The other side's name is always checked. Throws a line that names the file that can't be read.
 */
export const tlsOptionsOf = ({ caFile, certificateFile, keyFile, keyPassword }: TlsFiles): ConnectionOptions => ({
  ...(caFile === null ? {} : { ca: textOf(caFile) }),
  ...(certificateFile === null ? {} : { cert: textOf(certificateFile) }),
  ...(keyFile === null ? {} : { key: textOf(keyFile) }),
  ...(keyPassword === null ? {} : { passphrase: secretText(keyPassword) }),
});

const certificateOf = (pem: string): X509Certificate => new X509Certificate(pem);

/** What is wrong with the files, as a line that begins with `name`; null if they fit together. */
const problemOf = (name: string, files: TlsFiles): string | null => {
  try {
    // A CA that is none would be passed over in silence.
    if (files.caFile !== null) certificateOf(textOf(files.caFile));
    createSecureContext(tlsOptionsOf(files));
    return null;
  } catch (error) {
    return `${name} can't be used: ${(error as Error).message}`;
  }
};

/** The files that variables name. Throws EnvError for a certificate without its key, and for files that can't be used. */
export const checkedTls = (
  prefix: string,
  given: { ca: string | undefined; certificate?: string | undefined; key?: string | undefined },
  keyPassword: Secret | null = null,
): TlsFiles => {
  const names = { certificate: `${prefix}_SSL_CERTIFICATE_LOCATION`, key: `${prefix}_SSL_KEY_LOCATION` };
  if ((given.certificate === undefined) !== (given.key === undefined))
    throw new EnvError(`${names.certificate} and ${names.key} go together; set both, or neither`);
  const files = {
    caFile: given.ca ?? null,
    certificateFile: given.certificate ?? null,
    keyFile: given.key ?? null,
    keyPassword,
  };
  const alone = { ...files, certificateFile: null, keyFile: null, keyPassword: null };
  const problem = problemOf(`${prefix}_SSL_CA_LOCATION`, alone) ?? problemOf(names.certificate, files);
  if (problem !== null) throw new EnvError(problem);
  return files;
};
