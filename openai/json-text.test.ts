import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMember } from './json-text.ts';

describe('withMember', () => {
  it('says what the object says, but for the member', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), fc.nat(3), (object, value, indent) => {
        const text = JSON.stringify({ ...object, model: value }, null, indent);
        expect(JSON.parse(withMember(text, 'model', 'new'))).toEqual({ ...JSON.parse(text), model: 'new' });
      }),
    );
  });

  it('leaves every other byte alone: long numbers, escapes, members of that name further down', () => {
    const text = '{ "seed" : 12345678901234567890, "a":{"model":"x"}, "model" :"old" ,"t":"\\u0041\\"model\\":1" }';
    expect(withMember(text, 'model', 'new')).toBe(text.replace('"old"', '"new"'));
  });

  it('changes every member of the name, since readers differ in which they take, and none that is not there', () => {
    expect(withMember('{"model":[1,"]"],"mo\\u0064el":"b"}', 'model', 'n')).toBe('{"model":"n","mo\\u0064el":"n"}');
    expect(withMember('{"a":1}', 'model', 'n')).toBe('{"a":1}');
    expect(withMember('{}', 'model', 'n')).toBe('{}');
  });

  it('takes any depth', () => {
    const deep = `{"model":"a","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(withMember(deep, 'model', 'b')).toBe(deep.replace('"a"', '"b"'));
  });
});
