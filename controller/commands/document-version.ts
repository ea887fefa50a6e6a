import { hash } from 'node:crypto';
import { type Refusal, stale } from './refusal.ts';

/** What stands for one content of a document: whoever has the same tag has the same document. */
export const etagOf = (document: unknown): string => `"${hash('sha256', JSON.stringify(document))}"`;

/** The tags in an `If-Match` or `If-None-Match`: `*` for any document there is. What is no tag is that of no document. */
const tagsIn = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/** Whether an answer with this tag is what whoever asks has already. */
export const isKnown = (ifNoneMatch: string, tag: string): boolean =>
  tagsIn(ifNoneMatch).some((one) => one === '*' || one.replace(/^W\//, '') === tag);

/** Why a document is not to be applied in the place of what is there, null if nothing is; null if it may be. */
export const whyStale = (
  { kind, name }: { kind: string; name: string },
  current: unknown,
  ifMatch: string | undefined,
): Refusal | null => {
  if (ifMatch === undefined) return null;
  const tags = tagsIn(ifMatch);
  if (current === null) return stale(`there is no ${kind} ${name} yet, so it is none that you have seen`);
  if (tags.includes('*') || tags.includes(etagOf(current))) return null;
  return stale(`${kind} ${name} is another than the one that you have seen: look at it, and apply again`);
};
