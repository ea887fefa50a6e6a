import path from 'node:path';
import { z } from 'zod';
import { CodeReference, DependenciesReference, PromptReference } from '../../schemas/content-reference.ts';
import { readDocumentText } from '../../schemas/document-text.ts';
import { givenText, STDIN } from '../documents/given-text.ts';
import { messageOf } from '../../schemas/error-message.ts';
import { codeOf, dependenciesOf, promptOf } from './content-references.ts';

const MAX_DOCUMENTS = 100;

/** As much of an Agent document as has references; whether the rest is right, the controller says. */
const AgentFile = z.looseObject({
  kind: z.literal('Agent'),
  metadata: z.looseObject({ name: z.string() }).optional(),
  spec: z.looseObject({ versions: z.array(z.looseObject({ label: z.unknown() })) }),
});
type AgentFile = z.infer<typeof AgentFile>;
type Version = AgentFile['spec']['versions'][number];

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By field, how a reference in it is recognised and read. */
const FIELDS: Readonly<
  Record<string, { is: (value: object) => boolean; read: (folder: string, value: unknown) => Promise<unknown> }>
> = {
  code: { is: () => true, read: (folder, value) => codeOf(folder, CodeReference.parse(value)) },
  prompt: { is: () => true, read: (folder, value) => promptOf(folder, PromptReference.parse(value)) },
  dependencies: {
    // Any other map is of names and versions.
    is: (value) => Object.keys(value).join() === 'lockfile',
    read: (folder, value) => dependenciesOf(folder, DependenciesReference.parse(value)),
  },
};

const referencesIn = (version: Version): [string, object][] =>
  Object.entries(FIELDS).flatMap(([field, { is }]) => {
    const value = version[field];
    return isObject(value) && is(value) ? [[field, value] as [string, object]] : [];
  });

const agentsIn = (values: readonly unknown[]): AgentFile[] =>
  values.flatMap((value) => AgentFile.safeParse(value).data ?? []);

const FORMS =
  'code may be { git: true }, { git: <path> }, { folder: <path> } or { image: <name>@sha256:… }, prompt { file: <path> }, dependencies { lockfile: <path> }';

/** Of several forms the nearest one tells what is wrong, if it is one thing. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  const [issue] = error.issues;
  if (issue?.code !== 'invalid_union') return `${issue?.message}; ${FORMS}`;
  const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length);
  return nearest?.length === 1 ? (nearest[0]?.message ?? FORMS) : FORMS;
};

const resolveVersion = async (file: string, folder: string, version: Version, at: string): Promise<Version> => {
  const resolved: Version = { ...version };
  for (const [field, value] of referencesIn(version))
    try {
      resolved[field] = await FIELDS[field]?.read(folder, value);
    } catch (error) {
      throw new Error(`${file}: ${at}.${field} ${JSON.stringify(value)}: ${reasonOf(error)}`, { cause: error });
    }
  return resolved;
};

/**
 * The text of a file of documents (`-` is standard input) as the controller is sent it: what an Agent's versions say by reference
 * (`prompt: { file }`, `code: { git | folder | image }`, `dependencies: { lockfile }`) is read, from the file's folder on. A text without
 * references, or that can't be read as documents, is as it was: so the controller tells of its lines.
 */
export const documentText = async (file: string): Promise<string> => {
  const given = await givenText(file);
  const read = readDocumentText(given, MAX_DOCUMENTS);
  if (
    'faults' in read ||
    !agentsIn(read.values).some(({ spec }) => spec.versions.some((one) => referencesIn(one).length > 0))
  )
    return given;
  const folder = file === STDIN ? process.cwd() : path.dirname(path.resolve(file));
  const resolved: string[] = [];
  for (const value of read.values) {
    const agent = AgentFile.safeParse(value).data;
    if (agent === undefined) {
      resolved.push(JSON.stringify(value));
      continue;
    }
    const versions: Version[] = [];
    for (const [i, version] of agent.spec.versions.entries())
      versions.push(await resolveVersion(file, folder, version, `spec.versions.${i}`));
    resolved.push(JSON.stringify({ ...agent, spec: { ...agent.spec, versions } }));
  }
  return resolved.join('\n---\n');
};

/** The versions in a text that say nothing of their code, as `agent label`: no answer of theirs can be traced to it. */
export const codelessVersions = (documents: string): string[] => {
  const read = readDocumentText(documents, MAX_DOCUMENTS);
  return agentsIn('faults' in read ? [] : read.values).flatMap(({ metadata, spec }) =>
    spec.versions
      .filter(({ code }) => code === undefined || code === '')
      .map(({ label }) => `${metadata?.name} ${String(label)}`),
  );
};
