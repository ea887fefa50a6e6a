import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { avroOf } from './avro.ts';

const fieldsOf = (shape: z.ZodRawShape): unknown =>
  (avroOf(z.object(shape).meta({ id: 'R' }), 'r') as { fields: unknown }).fields;

describe('avroOf', () => {
  it('maps every kind of field that the contracts use', () => {
    const shape = {
      text: z.string().min(1),
      kind: z.enum(['a', 'b']),
      only: z.literal('x'),
      count: z.int().nonnegative(),
      whole: z.number().int(),
      ratio: z.number().max(1),
      flag: z.boolean(),
      maybe: z.string().nullable(),
      list: z.array(z.int()).max(3),
      labels: z.record(z.string(), z.string()),
      added: z.string().default(''),
    };
    expect(fieldsOf(shape)).toEqual([
      { name: 'text', type: 'string' },
      { name: 'kind', type: 'string' },
      { name: 'only', type: 'string' },
      { name: 'count', type: 'long' },
      { name: 'whole', type: 'long' },
      { name: 'ratio', type: 'double' },
      { name: 'flag', type: 'boolean' },
      { name: 'maybe', type: ['null', 'string'], default: null },
      { name: 'list', type: { type: 'array', items: 'long' } },
      { name: 'labels', type: { type: 'map', values: 'string' } },
      { name: 'added', type: 'string', default: '' },
    ]);
  });

  it('names records by their id, else by owner and field, and writes each out once', () => {
    const Inner = z.object({ a: z.int() }).meta({ id: 'Inner' });
    const inner = { type: 'record', name: 'Inner', namespace: 'coalmine', fields: [{ name: 'a', type: 'long' }] };
    const unnamed = {
      type: 'record',
      name: 'RUnnamed',
      namespace: 'coalmine',
      fields: [{ name: 'b', type: 'boolean' }],
    };
    expect(fieldsOf({ one: Inner, two: Inner.nullable(), unnamed: z.object({ b: z.boolean() }) })).toEqual([
      { name: 'one', type: inner },
      { name: 'two', type: ['null', 'coalmine.Inner'], default: null },
      { name: 'unnamed', type: unnamed },
    ]);
  });

  it('refuses two different records of one name', () => {
    const twin = (field: string) => z.object({ [field]: z.int() }).meta({ id: 'Twin' });
    expect(() => fieldsOf({ one: twin('a'), two: twin('b') })).toThrow('r.two: two different records are named Twin');
  });

  it.each([
    ['optional', z.string().optional()],
    ['union', z.union([z.string(), z.int()])],
    ['date', z.date()],
    ['literal', z.literal(1)],
    ['any', z.any()],
    ['record', z.record(z.enum(['a']), z.string())],
  ])('refuses what Avro readers would not understand, with its path: %s', (kind, schema) => {
    expect(() => fieldsOf({ list: z.array(z.object({ deep: schema })) })).toThrow(`r.list[].deep: a zod ${kind}`);
  });
});
