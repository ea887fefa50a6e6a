import { describe, expect, it } from 'vitest';
import { differingParts, versionContent, versionId } from './version-content.ts';

const content = { code: 'c', prompt: 'p', model: { name: 'm', temperature: 0.5 }, dependencies: { a: '1', b: '2' } };

describe('a version’s id', () => {
  it('does not depend on the order of keys, nor on label and address', () => {
    const { code, ...rest } = content;
    const reordered = { ...rest, model: { temperature: 0.5, name: 'm' }, dependencies: { b: '2', a: '1' }, code };
    expect(versionId(reordered)).toBe(versionId(content));
    expect(versionId({ ...content, label: 'x', upstream: 'y' } as typeof content)).toBe(versionId(content));
    expect(differingParts(reordered, content)).toEqual([]);
  });

  it('is the SHA-256 of the canonical JSON', () => {
    // echo -n '{"code":"","dependencies":{},"model":{},"prompt":""}' | sha256sum
    expect(versionId({ code: '', prompt: '', model: {}, dependencies: {} })).toBe(
      'a34115e3d5f7d046e37ac4e03408d9cecfaf9ec891dbc2536e2fd5ad0e5333ba',
    );
  });

  it.each(['code', 'prompt', 'model', 'dependencies'] as const)('changes with %s, which is told', (field) => {
    const changed = { ...content, [field]: field === 'code' || field === 'prompt' ? 'other' : { x: 'other' } };
    expect(versionId(changed)).not.toBe(versionId(content));
    expect(differingParts(changed, content)).toEqual([field]);
  });

  it('changes with the model that the upstream is sent, as with any setting of the model', () => {
    const sent = versionContent({ ...content, upstreamModel: 'gpt-4o-2024-08-06' });
    expect(sent.model).toEqual({ ...content.model, upstreamModel: 'gpt-4o-2024-08-06' });
    expect(versionContent({ ...content, upstreamModel: '' })).toEqual(content);
    expect(differingParts(sent, content)).toEqual(['model']);
  });
});
