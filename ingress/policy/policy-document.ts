import { messageOf } from '../../schemas/error-message.ts';
import { readDocumentText } from '../../schemas/document-text.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import type { Credential } from './credentials.ts';

export type LoadedPolicy = { policy: IngressPolicy; credentials: readonly Credential[] };

const HEADER_VALUE = /^[\x20-\x7e]+$/;

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: unknown };

const reasonsOf = (issue: Issue): string[] => {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys))
    return issue.keys.map((key) => `${[...path, String(key)].join('.')}: unknown field`);
  return [`${path.join('.') || 'the document'}: ${issue.message}`];
};

const readText = (text: string): { value: unknown } | { reasons: string[] } => {
  const read = readDocumentText(text, 1);
  if ('faults' in read)
    return { reasons: read.faults.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`)) };
  return read.values.length === 1 ? { value: read.values[0] } : { reasons: ['the file must hold one document'] };
};

const readCredentials = (
  policy: IngressPolicy,
  env: NodeJS.ProcessEnv,
): { credentials: Credential[]; reasons: string[] } => {
  const credentials: Credential[] = [];
  const reasons: string[] = [];
  for (const [i, { origin, header, env: name, prefix }] of policy.spec.credentials.entries()) {
    const secret = env[name] ?? '';
    if (secret === '') reasons.push(`spec.credentials.${i}.env: ${name} is not set in the environment`);
    else if (!HEADER_VALUE.test(prefix + secret))
      reasons.push(`spec.credentials.${i}.env: the value of ${name} can't stand in a header`);
    else credentials.push({ origin, header, value: prefix + secret });
  }
  return { credentials, reasons };
};

/** A check that throws, as some do on values that another check refused, is a refusal as well. */
const parse = (
  value: unknown,
): ReturnType<typeof IngressPolicy.safeParse> | { success: false; error: { issues: Issue[] } } => {
  try {
    return IngressPolicy.safeParse(value);
  } catch (error) {
    const message = messageOf(error);
    return { success: false, error: { issues: [{ code: 'custom', path: [], message }] } };
  }
};

/** The policy in a text of YAML or JSON, or all reasons against it, each with the path or line that it is about. */
export const readPolicy = (text: string, env: NodeJS.ProcessEnv): LoadedPolicy | { reasons: string[] } => {
  const read = readText(text);
  if ('reasons' in read) return read;
  const parsed = parse(read.value);
  if (!parsed.success) return { reasons: parsed.error.issues.flatMap(reasonsOf) };
  const { credentials, reasons } = readCredentials(parsed.data, env);
  return reasons.length > 0 ? { reasons } : { policy: parsed.data, credentials };
};
