import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { IngressPolicy } from './ingress-policy.ts';
import { JSON_SCHEMAS, jsonSchemaOf } from './json-schema.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const example: unknown = parse(read('examples/ingress-policy.yaml'));

describe.each(Object.keys(JSON_SCHEMAS) as (keyof typeof JSON_SCHEMAS)[])('the JSON Schema of %s', (name) => {
  it('is a JSON Schema, and has no default that a document could not say', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schema = jsonSchemaOf(name);
    expect(ajv.validateSchema(schema)).toBe(true);
    const wrong: unknown[] = [];
    const walk = (node: unknown): void => {
      if (node === null || typeof node !== 'object') return;
      if (!Array.isArray(node) && 'default' in node && ('type' in node || 'anyOf' in node)) {
        const alone = { ...node, $defs: schema['$defs'] ?? {} };
        if (!ajv.validate(alone, node.default)) wrong.push(node.default);
      }
      for (const part of Object.values(node)) walk(part);
    };
    walk(schema);
    expect(wrong).toEqual([]);
  });
});

describe('the example of an ingress policy', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchemaOf('ingress-policy'));

  it('is valid by the contract and by its JSON Schema', () => {
    expect(IngressPolicy.parse(example).kind).toBe('IngressPolicy');
    expect(validate(example)).toBe(true);
  });

  it('names every field that there is', () => {
    const unnamed: string[] = [];
    const walk = (schema: Record<string, unknown>, value: unknown, path: string): void => {
      const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
      for (const [field, part] of Object.entries(properties)) {
        const given = (value as Record<string, unknown> | null)?.[field];
        if (given === undefined) unnamed.push(`${path}.${field}`);
        const object = [part, ...((part['anyOf'] as Record<string, unknown>[] | undefined) ?? [])].find(
          (one) => 'properties' in one,
        );
        if (object && given !== undefined) walk(object, given, `${path}.${field}`);
      }
    };
    walk(jsonSchemaOf('ingress-policy'), example, 'document');
    expect(unnamed).toEqual([]);
  });

  it('shares what its JSON Schema refuses with the contract', () => {
    const wrong = structuredClone(example) as { spec: { limits: Record<string, unknown> } };
    wrong.spec.limits['perKey'] = { requests: 1, per: 60 };
    expect(validate(wrong)).toBe(false);
    expect(IngressPolicy.safeParse(wrong).success).toBe(false);
  });
});
