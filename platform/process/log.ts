import { pino } from 'pino';

export type Log = pino.Logger;

const SECRET_FIELDS = ['authorization', 'apiKey', 'api_key', 'password', 'secret', 'token', 'cookie'];

/** Key shapes of common providers, bearer tokens and passwords in URLs; the last net under field redaction. */
const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/\b(?:sk|pk|rk|ghp|gho|ghs|xox[abprs])[-_][A-Za-z0-9_-]{16,}/g, '[secret]'],
  [/\bcm_live_[A-Za-z0-9_-]{16,}/g, '[secret]'],
  [/\bAKIA[0-9A-Z]{16}\b/g, '[secret]'],
  [/\bBearer\s+[A-Za-z0-9._~+/-]{8,}=*/gi, 'Bearer [secret]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '[secret]'],
  [/(\w+:\/\/[^\s:@/"]*):[^\s@/"]+@/g, '$1:[secret]@'],
];

/** The text without anything shaped like a credential. */
export const scrub = (text: string): string =>
  SECRET_SHAPES.reduce((clean, [shape, replacement]) => clean.replace(shape, replacement), text);

const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`]);

/** JSON lines on stderr. Levels are pino's: trace, debug, info, warn, error, fatal, silent. */
export const createLog = (
  service: string,
  level: string,
  destination: pino.DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log =>
  pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[secret]' },
      hooks: { streamWrite: scrub },
    },
    destination,
  );

export const silentLog: Log = pino({ level: 'silent' });
