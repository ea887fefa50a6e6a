import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { EnvError, option, readOptions, secretOption, secretText } from '../platform/process/options.ts';
import { withSecurity } from '../platform/process/parts-security.ts';
import { partsOptions } from '../platform/process/service-options.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';

const MIB = 1_048_576;
const MAX_SEGMENT_BYTES = 16 * MIB;
const MAX_PROCESSES = 256;

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const file = z.string().min(1).optional();

export const OPTIONS = {
  ...partsOptions,
  host: option('INGRESS_HOST', z.string().default('127.0.0.1'), 'the address to listen on'),
  port: option('INGRESS_PORT', integer(0, 65_535).default(8080), 'the port to listen on, an integer from 0 to 65535'),
  certFile: option(
    'INGRESS_TLS_CERT',
    file,
    'a certificate chain in PEM form; with INGRESS_TLS_KEY the port speaks TLS',
  ),
  keyFile: option('INGRESS_TLS_KEY', file, 'its private key in PEM form; goes with INGRESS_TLS_CERT'),
  policyFile: option(
    'INGRESS_POLICY',
    file,
    'the file of an IngressPolicy document, read again when it changes; without it callers need a key',
  ),
  processes: option(
    'INGRESS_PROCESSES',
    z.union([z.literal('auto'), integer(1, MAX_PROCESSES)]).default(1),
    `how many processes share the port, 1 to ${MAX_PROCESSES}, or auto for one a core; each has a folder in the data folder`,
  ),
  metricsPort: option(
    'INGRESS_METRICS_PORT',
    integer(0, 65_000).default(0),
    'a port for /livez, /readyz and /metrics alone, at most 65000, 0 for none; each process of a pool takes one, from it on',
  ),
  sharesPort: option(
    'INGRESS_SHARE_PORT',
    z.stringbool().default(false),
    'true lets other ingresses of this host listen on the same port, for a pool under a supervisor of your own',
  ),
  instances: option(
    'INGRESS_INSTANCES',
    integer(1, 10_000).optional(),
    'processes on all hosts, to share out request limits while Redis is away; without it, as INGRESS_PROCESSES',
  ),
  dataDir: option(
    'INGRESS_DATA_DIR',
    z.string().default('.coalmine/ingress'),
    'a folder for journal, checkpoint, secret, last routing table and keys; one ingress a folder',
  ),
  secret: secretOption(
    'INGRESS_SECRET',
    z.string().min(16).optional(),
    'at least 16 characters that sign exchange ids and hash subjects, the same for all ingresses; without it, one is made',
  ),
  captureLimitBytes: option(
    'INGRESS_CAPTURE_LIMIT_BYTES',
    integer(0, MAX_CAPTURE_BYTES).default(256 * 1024),
    `bytes recorded of each body, at most ${MAX_CAPTURE_BYTES}; the rest is cut, marked, and hashed`,
  ),
  journalCapBytes: option(
    'INGRESS_JOURNAL_CAP_BYTES',
    integer(MIB, 1024 * 1024 * MIB).default(1024 * MIB),
    `bytes that the journal may take, an integer from ${MIB} to ${1024 * 1024 * MIB}`,
  ),
};

const MAX_HELD_BYTES = 256 * MIB;
/** Of the memory that a process may have, so much may be bodies; each is there two or three times while it is read and rewritten. */
const HELD_SHARE = 1 / 8;

/** What may be held of bodies where the policy doesn't say: an eighth of the machine's memory, or of the container's. */
const heldBytesOf = (memoryBytes: number): number =>
  Math.max(MIB, Math.min(MAX_HELD_BYTES, Math.floor(memoryBytes * HELD_SHARE)));

/** The ingress' settings out of the environment. Throws EnvError with a line for each variable that is wrong. */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const { certFile, keyFile, ...given } = readOptions(OPTIONS, env);
  const isOneKeyMissing = (certFile === undefined) !== (keyFile === undefined);
  const complaints = [
    ...(isOneKeyMissing ? ['INGRESS_TLS_CERT and INGRESS_TLS_KEY go together; set both, or neither'] : []),
    ...(given.processes !== 1 && given.port === 0
      ? ['INGRESS_PORT is 0; several processes (INGRESS_PROCESSES) need one port to share']
      : []),
  ];
  if (complaints.length > 0) throw new EnvError(complaints.join('\n'));
  const processes = given.processes === 'auto' ? availableParallelism() : given.processes;
  return {
    ...withSecurity(given),
    secret: given.secret === null ? undefined : secretText(given.secret),
    tls: certFile === undefined || keyFile === undefined ? null : { certFile, keyFile },
    processes,
    instances: given.instances ?? processes,
    maxHeldBytes: heldBytesOf(Math.min(totalmem(), process.constrainedMemory() || Infinity)),
    /** Small enough that published segments make room well before the cap. */
    journalSegmentBytes: Math.min(MAX_SEGMENT_BYTES, Math.floor(given.journalCapBytes / 8)),
  };
};
