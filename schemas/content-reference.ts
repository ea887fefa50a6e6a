import { z } from 'zod';

const FilePath = z.string().min(1).max(1_024).describe('From the document’s folder.');

/**
 * What people write in a file where a version's code is meant, in place of its text. `git`: the commit that is checked out (`true`),
 * or the last one that changed this path; nothing in it may be uncommitted. `folder`: a digest of its files, without `.git`,
 * `node_modules` and what `ignore` names. `image`: with its digest, as a tag moves.
 */
export const CodeReference = z.union([
  z.strictObject({ git: z.union([z.literal(true), FilePath]) }),
  z.strictObject({ folder: FilePath, ignore: z.array(z.string().min(1).max(255)).max(100).default([]) }),
  z.strictObject({
    image: z
      .string()
      .max(1_000)
      .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, 'an image by its digest, like registry/agent@sha256:…: a tag moves'),
  }),
]);
export type CodeReference = z.infer<typeof CodeReference>;

/** The file with a prompt's text. */
export const PromptReference = z.strictObject({ file: FilePath });
export type PromptReference = z.infer<typeof PromptReference>;

/** A lock file, of which a digest is kept. */
export const DependenciesReference = z.strictObject({ lockfile: FilePath });
export type DependenciesReference = z.infer<typeof DependenciesReference>;

/** By the field of a version in which each may stand. */
export const CONTENT_REFERENCES = {
  code: CodeReference,
  prompt: PromptReference,
  dependencies: DependenciesReference,
} as const;
