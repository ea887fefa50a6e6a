import { z } from 'zod';
import { IdentitySpec } from './reported-identity.ts';
import { Name } from './routing-view.ts';
import { Upstream, UpstreamModel, UsdPerMillion } from './servable-view.ts';
import {
  MAX_CODE_CHARACTERS,
  MAX_PROMPT_CHARACTERS,
  VersionContent,
  versionContent,
  versionId,
} from './version-content.ts';

const BY_THE_PROGRAM =
  'is a reference to a file, which `coalmine apply` and `coalmine version create` read; the controller is sent what is in it';

/** A text, or a refusal that tells of references where somebody sends one. */
const told = (maxCharacters: number): z.ZodString =>
  z
    .string({ error: ({ input }) => (typeof input === 'object' && input !== null ? BY_THE_PROGRAM : undefined) })
    .max(maxCharacters);

/** A name alone that is no package's: what people write for the digest of a file. */
const isReference = (dependencies: Readonly<Record<string, string>>): boolean =>
  Object.keys(dependencies).join() === 'lockfile';

const hasId = (spec: VersionContent & { upstreamModel: string }): boolean => {
  try {
    return versionId(versionContent(spec)) !== '';
  } catch {
    return false;
  }
};

/** A version in an Agent document, as the controller takes it; files may say the parts of its content by reference (schemas/content-reference.ts). */
export const VersionSpec = z
  .strictObject({
    label: Name,
    /** Base URL of an OpenAI-compatible API, without the path of the call: `http://127.0.0.1:9001/v1`. A query goes with every call. */
    upstream: Upstream,
    /** Sent as `model` in place of the agent's name, for an upstream that serves several models; '' sends the name. A part of the model's settings. */
    upstreamModel: UpstreamModel.default(''),
    /** What the version is made of; its id is the SHA-256 of the canonical JSON of these four. */
    code: told(MAX_CODE_CHARACTERS).default(''),
    prompt: told(MAX_PROMPT_CHARACTERS)
      .default('')
      .describe(
        'Part of the fingerprint by which a version is told from another. It is sent to nobody: the upstream has its own.',
      ),
    model: VersionContent.shape.model.default({}),
    dependencies: VersionContent.shape.dependencies.refine((given) => !isReference(given), BY_THE_PROGRAM).default({}),
    /** The label of the version that it was made from. Default: the one in service. */
    parent: Name.optional(),
    identity: IdentitySpec.optional(),
    promptUsdPerMillion: UsdPerMillion.default(0),
    completionUsdPerMillion: UsdPerMillion.default(0),
    /** Of prompt tokens that the upstream had in its cache; without it, the price of the others. */
    cachedPromptUsdPerMillion: UsdPerMillion.optional(),
  })
  .refine(hasId, 'has half a surrogate pair in it, which no text of JSON may have');
export type VersionSpec = z.infer<typeof VersionSpec>;
