import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, type Json } from './json-value.ts';
import { membersFromEnd } from './json-end.ts';

const found = (text: string) => [...membersFromEnd(text)].map(({ depth, name, text: of }) => [depth, name, of]);

describe('the members at the end of an object', () => {
  it('are those that are objects, from the last one on, at most two deep', () => {
    const text = '{"a":{"b":{"c":{}},"list":[{"d":{}}]},"n":1,"e":{"text":"}"}}';
    expect(found(text)).toEqual([
      [1, 'e', '{"text":"}"}'],
      [2, 'b', '{"c":{}}'],
      [1, 'a', '{"b":{"c":{}},"list":[{"d":{}}]}'],
    ]);
  });

  it('are none that are quoted in a text, however it is escaped', () => {
    for (const quoted of ['"usage":{"n":1}', '\\"usage\\":{', '\\\\', '"', '{{{', '}}}', 'a\\"'])
      expect(found(`${JSON.stringify({ text: quoted }).slice(3, -1)},"u": {"n":2} }\n`)).toEqual([[1, 'u', '{"n":2}']]);
  });

  it('are none of what does not end as an object, or begins within a text', () => {
    for (const text of ['', '{"a":{}', '[{"a":{}}]', 'a":{}', 'no braces', '}', 'text"}'])
      expect(found(text)).toEqual([]);
  });

  it('are the whole object’s own, wherever its beginning was cut off', () => {
    const member = fc.oneof(
      fc.json().map((text) => JSON.parse(text) as unknown),
      fc.string(),
    );
    const object = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), member);
    fc.assert(
      fc.property(object, fc.nat(), (value, at) => {
        const text = JSON.stringify(value);
        const members = [...membersFromEnd(text.slice(at % text.length))].filter(({ depth }) => depth === 1);
        const own = Object.entries(JSON.parse(text) as Json).filter(([, one]) => isObject(one));
        const last = own.slice(own.length - members.length).toReversed();
        expect(members.map(({ text: of }) => JSON.parse(of) as unknown)).toEqual(last.map(([, one]) => one));
        // Of the first that is there the name may be cut off.
        for (const [i, { name }] of members.entries()) expect(['', last[i]![0]]).toContain(name);
        expect(members.slice(0, -1).map(({ name }) => name)).toEqual(last.slice(0, -1).map(([name]) => name));
      }),
    );
  });
});
