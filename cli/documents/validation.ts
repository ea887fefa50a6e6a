import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Issue } from '../../schemas/problem.ts';
import { Document } from '../../schemas/documents.ts';
import { GatePlan } from '../../schemas/gate-plan.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { readDocumentsAs } from '../../schemas/read-documents.ts';
import type { FileText } from './files.ts';
import { lineOf } from './line-of.ts';

/** Every kind of document that there is, whoever takes it. */
const AnyDocument = z.discriminatedUnion('kind', [...Document.options, GatePlan, IngressPolicy], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'is none of Agent, Rollout, Gate, Calibration, GatePlan, IngressPolicy' : undefined,
});
type AnyDocument = z.infer<typeof AnyDocument>;

/** `line` is null where the text has no place for it, as of a field that is missing at the top. */
export type Fault = Issue & { file: string; line: number | null };

const faultOf = ({ file, text }: FileText, issue: Issue): Fault => {
  const told = /^line (\d+)/.exec(issue.path);
  if (told !== null) return { ...issue, file, line: Number(told[1]) };
  const [, number = '1', path = ''] = /^(?:document (\d+)\.?)?(.*)$/.exec(issue.path) ?? [];
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines });
  const documents = Array.isArray(parsed) ? parsed.filter(({ contents }) => contents !== null) : [];
  const document = documents[Number(number) - 1];
  return { ...issue, file, line: document === undefined ? null : lineOf(document, path.split('.'), lines) };
};

/** The documents of a file, or what is wrong with them. */
export const validate = (given: FileText): { documents: AnyDocument[] } | { faults: Fault[] } => {
  const read = readDocumentsAs(AnyDocument, given.text);
  return 'issues' in read ? { faults: read.issues.map((issue) => faultOf(given, issue)) } : read;
};

const versionsOf = (document: AnyDocument): string[] => {
  if (document.kind === 'Gate') return [document.spec.version];
  if (document.kind !== 'Rollout') return [];
  const { spec } = document;
  return spec.strategy === 'ab' ? spec.arms.map(({ version }) => version) : [spec.candidate];
};

/** What only a controller can tell for certain: versions that an agent's document here does not have, or says nothing of, may be registered there. */
export const doubts = (documents: readonly AnyDocument[]): string[] => {
  const labels = new Map(
    documents.flatMap((document) =>
      document.kind === 'Agent'
        ? [[document.metadata.name, document.spec.versions.map(({ label }) => label)] as const]
        : [],
    ),
  );
  return documents.flatMap((document) => {
    if (document.kind === 'Agent')
      return document.spec.versions
        .filter(({ code }) => code.trim() === '')
        .map(
          ({ label }) =>
            `Agent ${document.metadata.name}: ${label} does not say which code it is; it must be registered already`,
        );
    if (document.kind !== 'Rollout' && document.kind !== 'Gate') return [];
    const { agent } = document.spec;
    const known = labels.get(agent);
    return versionsOf(document)
      .filter((version) => known !== undefined && !known.includes(version))
      .map(
        (version) =>
          `${document.kind} ${document.metadata.name}: ${version} is not among the versions of ${agent} here (${known?.join(', ')}); it must be registered already`,
      );
  });
};
