import { createHash } from 'node:crypto';
import serialize from 'canonicalize';
import { z } from 'zod';

/** Text of a prompt; a document as a whole may have twice as much. */
export const MAX_PROMPT_CHARACTERS = 128 * 1_024;
export const MAX_CODE_CHARACTERS = 1_024;

/**
 * What a version is made of, and all that is: `code` says which (a git commit, the digest of a folder or of an image), `prompt` is the
 * text itself, `model` its settings with `upstreamModel` among them, `dependencies` names and versions, or digests of lock files.
 */
export const VersionContent = z.object({
  code: z.string().max(MAX_CODE_CHARACTERS),
  prompt: z.string().max(MAX_PROMPT_CHARACTERS),
  model: z.record(z.string(), z.json()),
  dependencies: z.record(z.string(), z.string()),
});
export type VersionContent = z.infer<typeof VersionContent>;

/** A SHA-256 in hex. */
export const ContentId = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');

/** SHA-256, in hex, of a value as canonical JSON (RFC 8785): the same content has the same id anywhere. */
export const contentId = (value: unknown): string => {
  const text = serialize(value);
  if (text === undefined) throw new RangeError('it has no canonical JSON');
  return createHash('sha256').update(text).digest('hex');
};

/** What a document says that a version is made of. What the upstream is sent as `model` is a setting of the model like others. */
export const versionContent = ({
  code,
  prompt,
  model,
  dependencies,
  upstreamModel,
}: VersionContent & { upstreamModel: string }): VersionContent => ({
  code,
  prompt,
  model: upstreamModel === '' ? model : { ...model, upstreamModel },
  dependencies,
});

/** The artifact's id: of what the version is made of, not of where it runs or what it costs. */
export const versionId = ({ code, prompt, model, dependencies }: VersionContent): string =>
  contentId({ code, prompt, model, dependencies });

/** In which of its parts one content is another one. */
export const differingParts = (one: VersionContent, other: VersionContent): (keyof VersionContent)[] =>
  (['code', 'prompt', 'model', 'dependencies'] as const).filter(
    (part) => contentId(one[part]) !== contentId(other[part]),
  );
