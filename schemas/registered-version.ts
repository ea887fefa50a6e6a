import { z } from 'zod';
import { EpochMs } from './envelope.ts';
import { Name } from './routing-view.ts';
import { ContentId, VersionContent, versionId } from './version-content.ts';

/** Of who wrote an entry: a key's name has 100 characters, and its id behind it. */
export const By = z.string().max(200);

/**
 * An agent's version as the registry keeps it: what a label stands for, for ever, and since when. `parent` is the label of the version
 * that it was made from, null of a first one.
 */
export const RegisteredVersion = z
  .object({
    agent: Name,
    label: Name,
    id: ContentId,
    content: VersionContent,
    parent: Name.nullable(),
    createdBy: By,
    createdAtMs: EpochMs,
  })
  .refine(({ id, content }) => versionId(content) === id, { path: ['id'], message: 'is not that of the content' });
export type RegisteredVersion = z.infer<typeof RegisteredVersion>;
