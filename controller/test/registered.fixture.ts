import type { RegisteredVersion } from '../../schemas/registered-version.ts';
import { type VersionContent, versionId } from '../../schemas/version-content.ts';
import { T0 } from './play.fixture.ts';

/** A version of `support` with that prompt. */
export const versionOf = (label: string, prompt: string, more: Partial<VersionContent> = {}): RegisteredVersion => {
  const content = { code: 'git:0123456', prompt, model: {}, dependencies: {}, ...more };
  return { agent: 'support', label, id: versionId(content), content, parent: null, createdBy: 'ann', createdAtMs: T0 };
};

/** An Agent document whose versions say which code they are; by label their prompts. */
export const agentYaml = (prompts: Readonly<Record<string, string>>, agent = 'support', more = ''): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: ${agent} }
spec:
  stable: ${Object.keys(prompts)[0]}
  versions:
${Object.entries(prompts)
  .map(
    ([label, prompt]) =>
      `    - { label: ${label}, upstream: "http://127.0.0.1:9101/v1", code: c1, prompt: "${prompt}"${more} }`,
  )
  .join('\n')}
`;
