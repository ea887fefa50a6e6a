import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Candidate } from '../../schemas/gate-target.ts';
import { baselineText, candidateText } from './target-text.ts';

const PLANNED = Candidate.parse({ url: 'http://a/v1', model: 'gpt', apiKeyFrom: 'KEY', promptUsdPerMillion: 2 });
const PRICES = { promptUsdPerMillion: 2, completionUsdPerMillion: 0, cachedPromptUsdPerMillion: 2 };

describe('a candidate on the command line', () => {
  it('is a URL, called as the plan calls its own', () => {
    expect(candidateText('http://b/v1', PLANNED)).toEqual({
      kind: 'url',
      url: 'http://b/v1',
      model: 'gpt',
      apiKeyFrom: 'KEY',
      prices: PRICES,
    });
    expect(candidateText('https://b/v1', undefined)).toMatchObject({
      kind: 'url',
      model: '',
      apiKeyFrom: null,
      prices: null,
    });
  });

  it('is a folder of recorded answers from here, or a version', () => {
    expect(candidateText('replay:x/y', PLANNED)).toEqual({
      kind: 'replay',
      folder: path.resolve('x/y'),
      format: null,
      prices: PRICES,
    });
    expect(candidateText('v1.3', undefined)).toEqual({ kind: 'version', version: 'v1.3', apiKeyFrom: null });
    expect(candidateText('v1.3', PLANNED)).toEqual({ kind: 'version', version: 'v1.3', apiKeyFrom: 'KEY' });
  });

  it.each([
    ['answers.jsonl', 'give a version, a URL (http://…), or replay:<folder>'],
    ['http://user:pw@b/v1', 'has a user or a password in it'],
    ['registry', ''],
  ])('is refused where it is none: %s', (text, told) => {
    if (told === '') expect(candidateText(text, undefined)).toMatchObject({ kind: 'version' });
    else expect(() => candidateText(text, undefined)).toThrow(told);
  });
});

describe('a baseline on the command line', () => {
  it('may also be a file, the registry, or the candidate once more', () => {
    expect(baselineText('answers.jsonl', undefined)).toEqual({ kind: 'file', file: path.resolve('answers.jsonl') });
    expect(baselineText('./base', undefined)).toEqual({ kind: 'file', file: path.resolve('base') });
    expect(baselineText('registry', undefined)).toEqual({ kind: 'registry' });
    expect(baselineText('same', undefined)).toEqual({ kind: 'same' });
    expect(baselineText('v1', undefined)).toEqual({ kind: 'version', version: 'v1', apiKeyFrom: null });
    expect(baselineText('replay:x', PLANNED)).toMatchObject({ kind: 'replay', folder: path.resolve('x') });
  });
});
