import { describe, expect, it } from 'vitest';
import { subjectOf } from './subject.ts';

const ALL = { user: 'ann', safetyIdentifier: 'hash-of-ann', conversation: 'conv_1', cacheKey: 'prompt-7' };
const HEADERS = { 'x-coalmine-subject': 'ann-by-header', 'x-session-id': 's1' };
const NOTHING = { user: null, safetyIdentifier: null, conversation: null, cacheKey: null };
const of = (named: Partial<typeof ALL>, headers: Record<string, string> = {}, keyId = 'key_1', mayName = true) =>
  subjectOf(
    { ...NOTHING, ...named },
    new Map(Object.entries(headers)),
    keyId === '' ? 'peer:10.0.0.9' : `key:${keyId}`,
    mayName,
  );

describe('the subject of a request', () => {
  it('is the first that is told, in the order of the docs', () => {
    const { user: _user, ...unnamed } = ALL;
    const { 'x-session-id': session } = HEADERS;
    const { safetyIdentifier: _safety, ...unidentified } = unnamed;
    const { conversation: _conversation, ...alone } = unidentified;
    const told: [ReturnType<typeof of>, string, boolean][] = [
      [of(ALL, HEADERS), 'ann', true],
      [of(unnamed, HEADERS), 'ann-by-header', true],
      [of(unnamed, { 'x-session-id': session }), 'hash-of-ann', true],
      [of(unidentified, { 'x-session-id': session }), 'session:s1', true],
      [of(unidentified), 'conversation:conv_1', true],
      [of(alone), 'cache:prompt-7', false],
      [of({}), 'key:key_1', false],
      [of({}, {}, ''), 'peer:10.0.0.9', false],
    ];
    for (const [found, subject, isSomeone] of told)
      expect(found).toEqual({ subject, known: subject, isSomeone, vouched: true });
  });

  it('is the same person whether a client says `user` or its successor `safety_identifier`', () => {
    expect(of({ safetyIdentifier: 'ann' })).toEqual(of({ user: 'ann' }));
  });

  it.each([
    ['key_1', 'key:key_1'],
    ['', 'peer:10.0.0.9'],
  ])('is followed as it is named by who may name none, and known as the caller alone: key %j', (keyId, known) => {
    const names = [of(ALL, {}, keyId, false), of({ conversation: 'conv_2' }, HEADERS, keyId, false)];
    expect(names.map(({ subject }) => subject)).toEqual(['ann', 'ann-by-header']);
    for (const found of names) expect(found).toMatchObject({ known, vouched: false });
    expect(of({}, {}, keyId, false)).toEqual({ subject: known, known, isSomeone: false, vouched: false });
  });
});
