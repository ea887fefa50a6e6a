import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { documentHeader } from '../schemas/documents.ts';
import { IngressPolicy } from '../schemas/ingress-policy.ts';
import type { Credential } from './credentials.ts';

/** The mirror writes these itself, or HTTP does. */
const TAKEN =
  /^(content-type|content-length|host|connection|keep-alive|expect|te|trailer|transfer-encoding|upgrade|x-coalmine-.*)$/;

/** As the ingress policy has them, with a file as another place for the value. */
const Entry = IngressPolicy.shape.spec.shape.credentials
  .unwrap()
  .element.extend({
    header: z
      .string()
      .regex(/^[a-z0-9-]+$/, 'a header name in lower case')
      .refine((name) => !TAKEN.test(name), 'is not for a credential'),
    env: z.string().min(1).optional(),
    file: z.string().min(1).optional(),
  })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), 'give either env or file');

const MirrorCredentials = z.strictObject({
  ...documentHeader('MirrorCredentials'),
  spec: z.strictObject({
    credentials: z
      .array(Entry)
      .min(1)
      .refine(
        (all) => new Set(all.map(({ origin, header }) => `${origin} ${header}`)).size === all.length,
        'name a header of one origin twice',
      ),
  }),
});
type Entry = z.infer<typeof Entry>;

const HEADER_VALUE = /^[\x20-\x7e]+$/;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unreadable';

/** The secret, or what is wrong. Names of variables and files are left out: a secret may stand there by mistake. */
const secretOf = async ({ env: name, file }: Entry, env: NodeJS.ProcessEnv): Promise<{ secret: string } | string> => {
  if (file === undefined) {
    const secret = env[name ?? ''] ?? '';
    return secret === '' ? 'env: that variable is not set in the environment' : { secret };
  }
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    return secret === '' ? 'file: that file is empty' : { secret };
  } catch (error) {
    return `file: that file can't be read (${codeOf(error)})`;
  }
};

const yamlOf = (text: string): { value: unknown } | { reasons: string[] } => {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true, merge: false });
  const reasons = document.errors.map(({ code, linePos }) => `line ${linePos?.[0].line ?? '?'}: ${code}`);
  if (reasons.length > 0) return { reasons };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return { reasons: ['it is not YAML'] };
  }
};

const load = async (
  text: string,
  env: NodeJS.ProcessEnv,
): Promise<{ credentials: Credential[]; reasons: string[] }> => {
  const yaml = yamlOf(text);
  if ('reasons' in yaml) return { credentials: [], ...yaml };
  const parsed = MirrorCredentials.safeParse(yaml.value);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the document'}: ${message}`);
    return { credentials: [], reasons };
  }
  const credentials: Credential[] = [];
  const reasons: string[] = [];
  for (const [i, entry] of parsed.data.spec.credentials.entries()) {
    const found = await secretOf(entry, env);
    if (typeof found === 'string') reasons.push(`spec.credentials.${i}.${found}`);
    else if (!HEADER_VALUE.test(entry.prefix + found.secret))
      reasons.push(`spec.credentials.${i}: its value can't stand in a header`);
    else {
      const { origin, header, prefix } = entry;
      credentials.push({ origin, header, value: prefix + found.secret, secret: found.secret });
    }
  }
  return { credentials, reasons };
};

/**
 * The mirror's own credentials for upstreams, from a YAML or JSON document; none without a file. Throws one error with all
 * reasons against the document, each with its path; never with a value of it.
 */
export const readCredentials = async (
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly Credential[]> => {
  if (file === undefined) return [];
  const refuse = (reason: string): Error => new Error(`the credentials in ${file} (MIRROR_CREDENTIALS): ${reason}`);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw refuse(`the file can't be read (${codeOf(error)})`);
  });
  const { credentials, reasons } = await load(text, env);
  if (reasons.length > 0) throw refuse(reasons.join('; '));
  return credentials;
};
