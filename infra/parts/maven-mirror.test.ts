import { describe, expect, it } from 'vitest';
import { mavenRepository, mirrorOfCentral } from './maven-mirror.ts';

const settings = (...mirrors: string[]): string => `<settings><mirrors>${mirrors.join('\n')}</mirrors></settings>`;
const mirror = (of: string, url: string): string =>
  `<mirror>\n  <id>a</id>\n  <mirrorOf>${of}</mirrorOf>\n  <url> ${url} </url>\n</mirror>`;

describe('mirrorOfCentral', () => {
  it.each(['*', 'central', 'external:*', 'snapshots, central', '*,!local'])('takes a mirror of %s', (of) => {
    expect(mirrorOfCentral(settings(mirror(of, 'https://maven.example/all')))).toBe('https://maven.example/all/');
  });

  it.each(['snapshots', '*,!central', 'centralish'])('passes over a mirror of %s', (of) => {
    expect(mirrorOfCentral(settings(mirror(of, 'https://maven.example/')))).toBeUndefined();
  });

  it('takes the first of several that fits, as Maven does', () => {
    const xml = settings(
      mirror('other', 'https://a.example'),
      mirror('*', 'https://b.example'),
      mirror('*', 'https://c.example'),
    );
    expect(mirrorOfCentral(xml)).toBe('https://b.example/');
  });

  it('does not see what is commented out', () => {
    expect(mirrorOfCentral(settings(`<!-- ${mirror('*', 'https://a.example')} -->`))).toBeUndefined();
  });

  it('unescapes the address', () => {
    expect(mirrorOfCentral(settings(mirror('*', 'https://a.example/?a=1&amp;b=2')))).toBe(
      'https://a.example/?a=1&b=2/',
    );
  });
});

describe('mavenRepository', () => {
  it('prefers MAVEN_REPO_URL to the settings', () => {
    const xml = settings(mirror('*', 'https://a.example'));
    expect(mavenRepository({ MAVEN_REPO_URL: 'https://b.example/x' }, xml)).toBe('https://b.example/x/');
  });

  it('leaves the choice to the library when nothing is said', () => {
    expect(mavenRepository({}, '')).toBeUndefined();
  });
});
