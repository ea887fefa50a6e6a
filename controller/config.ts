import { z } from 'zod';
import { EnvError, option, readOptions, type Secret, secretOption } from '../platform/process/options.ts';
import { withSecurity } from '../platform/process/parts-security.ts';
import { partsOptions } from '../platform/process/service-options.ts';
import { CONTROLLER_ROLES } from '../schemas/controller-role.ts';
import { Duration } from '../schemas/duration.ts';
import { plainUrlProblem } from '../schemas/plain-url.ts';
import { Name } from '../schemas/routing-view.ts';

/** Whom checks may ask, by the name that documents give: nobody but these. `token`: sent as a bearer token, null for none. */
export type CheckEndpoints = ReadonlyMap<string, { url: string; token: string | null }>;

/** The secrets that documents may call by name. */
export type AlertSecrets = ReadonlyMap<string, Secret>;

const isMailServer = (text: string): boolean => {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username + url.password + url.search + url.hash === '' &&
    /^\/?$/.test(url.pathname)
  );
};

/** `a=1,b=2` as its parts; each begins with a name. */
const named = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .refine((parts) => parts.every((part) => part.includes('=') && Name.safeParse(keyOf(part)).success), 'no name=…')
  .refine((parts) => new Set(parts.map(keyOf)).size === parts.length, 'a name twice');

const keyOf = (part: string): string => part.slice(0, Math.max(0, part.indexOf('=')));
const valueOf = (part: string): string => part.slice(part.indexOf('=') + 1);

export const OPTIONS = {
  ...partsOptions,
  port: option(
    'CONTROLLER_PORT',
    z.coerce.number().int().min(0).max(65_535).default(8090),
    'port of the HTTP API, /livez, /readyz and /metrics',
  ),
  host: option(
    'CONTROLLER_HOST',
    z.string().default('127.0.0.1'),
    'address the HTTP API listens on; keys go over it in plain text, so put TLS before it where you widen this',
  ),
  dataDir: option(
    'CONTROLLER_DATA_DIR',
    z.string().default('.coalmine/controller'),
    'a folder for the store of what the topics hold, which is made anew from them if it is lost, and for the keys that are known, for a start while Redis is away or was wiped; one controller a folder',
  ),
  storeMaxAge: option(
    'CONTROLLER_STORE_MAX_AGE',
    z
      .string()
      .default('7d')
      .refine((text) => Duration.safeDecode(text).success, 'no duration like 12h or 7d'),
    'how long exchanges, shadows, scores, feedback and windows can be asked for, at most as long as their topics keep them; e.g. 7d',
  ),
  storeMaxBytes: option(
    'CONTROLLER_STORE_MAX_BYTES',
    z.coerce
      .number()
      .int()
      .min(16 * 1024 * 1024)
      .default(2 * 1024 * 1024 * 1024),
    'what the store may take on disk; beyond it the oldest goes first',
  ),
  anonymousRole: option(
    'CONTROLLER_ANONYMOUS_ROLE',
    z.enum(CONTROLLER_ROLES).optional(),
    'role of callers without a key: view, propose, operate or admin; of no effect unless CONTROLLER_HOST is of loopback',
  ),
  promoteApprovals: option(
    'CONTROLLER_PROMOTE_APPROVALS',
    z.coerce.number().int().min(1).max(2).default(1),
    'how many people must ask for a promotion by hand, each with a key of their own: 1 or 2; the same at every controller',
  ),
  webhookOrigins: option(
    'CONTROLLER_WEBHOOK_ORIGINS',
    z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((origin) => origin !== ''))
      .refine((origins) => origins.every((origin) => URL.parse(origin)?.origin === origin), 'no origin'),
    'where webhooks of rollouts may lead that no admin applies, and receivers of alerts whoever applies them, as origins (https://hooks.example.com), comma-separated',
  ),
  alertSecrets: option(
    'CONTROLLER_ALERT_SECRETS',
    named,
    'as name=VARIABLE, comma-separated: which variable of the environment has the secret (key, address with a token) that Alerting documents call by that name; or VARIABLE_FILE, a file that holds it, read at each use',
  ),
  publicUrl: option(
    'CONTROLLER_PUBLIC_URL',
    z
      .string()
      .refine((text) => plainUrlProblem(text) === null, 'no plain http(s) URL')
      .optional(),
    'address of the page, for the links in alerts',
  ),
  smtpUrl: option(
    'CONTROLLER_SMTP_URL',
    z
      .string()
      .refine((text) => isMailServer(text), 'no smtp://host:port or smtps://host:port')
      .optional(),
    'server that mails about alerts go to, as smtp://host:port (STARTTLS where the server has it, and always with a user) or smtps://host:port',
  ),
  smtpFrom: option('CONTROLLER_SMTP_FROM', z.email().optional(), 'sender of those mails'),
  smtpUser: option('CONTROLLER_SMTP_USER', z.string().optional(), 'user at that server'),
  smtpPassword: secretOption('CONTROLLER_SMTP_PASSWORD', z.string().optional(), 'its password'),
  reconcileEveryMs: option(
    'CONTROLLER_RECONCILE_EVERY_MS',
    z.coerce.number().int().min(10).default(2_000),
    'how often Redis is compared with the decision log, in milliseconds',
  ),
  checkUrls: option(
    'CONTROLLER_CHECK_ENDPOINTS',
    named.refine((parts) => parts.every((part) => plainUrlProblem(valueOf(part)) === null), 'no plain http(s) URL'),
    'whom the checks of rollouts and the gauges of agents may ask, as name=URL, comma-separated; documents give the names, and can give no address',
  ),
  checkTokens: option(
    'CONTROLLER_CHECK_TOKENS',
    named,
    'as name=VARIABLE, comma-separated: which variable of the environment has the bearer token that the endpoint of that name gets',
  ),
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const values = readOptions(OPTIONS, env);
  const tokens = new Map(values.checkTokens.map((part) => [keyOf(part), valueOf(part)]));
  const urls = new Map(values.checkUrls.map((part) => [keyOf(part), valueOf(part)]));
  const complaints = [...tokens].flatMap(([name, variable]) => {
    if (!urls.has(name)) return [`CONTROLLER_CHECK_TOKENS names ${name}, which CONTROLLER_CHECK_ENDPOINTS has not`];
    return env[variable] ? [] : [`${variable} is missing; CONTROLLER_CHECK_TOKENS wants the token of ${name} there`];
  });
  const { alertSecrets, missing } = readAlertSecrets(values.alertSecrets, env);
  complaints.push(...missing);
  if ((values.smtpUrl === undefined) !== (values.smtpFrom === undefined))
    complaints.push('CONTROLLER_SMTP_URL and CONTROLLER_SMTP_FROM need each other');
  if (complaints.length > 0) throw new EnvError(complaints.join('\n'));
  const endpoints = [...urls].map(
    ([name, url]) => [name, { url, token: env[tokens.get(name) ?? ''] ?? null }] as const,
  );
  const checkEndpoints: CheckEndpoints = new Map(endpoints);
  return { ...withSecurity(values), storeMaxAgeMs: Duration.decode(values.storeMaxAge), checkEndpoints, alertSecrets };
};

const readAlertSecrets = (
  parts: readonly string[],
  env: NodeJS.ProcessEnv,
): { alertSecrets: AlertSecrets; missing: string[] } => {
  const alertSecrets = new Map<string, Secret>();
  const missing: string[] = [];
  for (const part of parts) {
    const [name, variable] = [keyOf(part), valueOf(part)];
    const [text, file] = [env[variable], env[`${variable}_FILE`]];
    if (text) alertSecrets.set(name, { variable, hidden: new TextEncoder().encode(text) });
    else if (file) alertSecrets.set(name, { variable, file });
    else missing.push(`${variable} is missing; CONTROLLER_ALERT_SECRETS wants the secret ${name} there`);
  }
  return { alertSecrets, missing };
};
