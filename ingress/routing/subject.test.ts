import { describe, expect, it } from 'vitest';
import { subjectOf } from './subject.ts';

const ALL = { user: 'ann', safetyIdentifier: 'hash-of-ann', conversation: 'conv_1', cacheKey: 'prompt-7' };
const HEADERS = { 'x-coalmine-subject': 'ann-by-header', 'x-session-id': 's1' };
const of = (named: Partial<typeof ALL>, headers: Record<string, string> = {}, keyId = 'key_1') => {
  const nothing = { user: null, safetyIdentifier: null, conversation: null, cacheKey: null };
  return subjectOf({ ...nothing, ...named }, new Map(Object.entries(headers)), keyId, () => '10.0.0.9');
};

describe('the subject of a request', () => {
  it('is the first that is told, in the order of the docs', () => {
    const { user: _user, ...unnamed } = ALL;
    const { 'x-session-id': session } = HEADERS;
    const { safetyIdentifier: _safety, ...unidentified } = unnamed;
    const { conversation: _conversation, ...alone } = unidentified;
    expect([
      of(ALL, HEADERS),
      of(unnamed, HEADERS),
      of(unnamed, { 'x-session-id': session }),
      of(unidentified, { 'x-session-id': session }),
      of(unidentified),
      of(alone),
      of({}),
      of({}, {}, ''),
    ]).toEqual([
      { subject: 'ann', isSomeone: true },
      { subject: 'ann-by-header', isSomeone: true },
      { subject: 'hash-of-ann', isSomeone: true },
      { subject: 'session:s1', isSomeone: true },
      { subject: 'conversation:conv_1', isSomeone: true },
      { subject: 'cache:prompt-7', isSomeone: false },
      { subject: 'key:key_1', isSomeone: false },
      { subject: 'peer:10.0.0.9', isSomeone: false },
    ]);
  });

  it('is the same person whether a client says `user` or its successor `safety_identifier`', () => {
    expect(of({ safetyIdentifier: 'ann' })).toEqual(of({ user: 'ann' }));
  });
});
