import { marked } from 'marked';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { resultOf, rowOf, worstOf } from './gate-result.fixture.ts';
import { github } from './github.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { table } from './table.ts';

/** What an agent might say to whoever shows it. */
const HOSTILE = [
  '\u001B[2J\u001B]0;owned\u0007\u001B[31mred',
  '::error file=x::all is well',
  '##[set-env name=PATH;]/x',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '</code></td></tr></table></details>\n\n# Gate passed\n\n| a | b |\n|---|---|',
  '![x](http://evil.example/p.png) [click](http://evil.example) http://evil.example/auto www.evil.example',
  '@everyone #1 !2 owner/repo#3',
  '/merge\n/approve',
  '`code` ``` ~~~ **bold** _it_ | pipe | ]]> <![CDATA[ ]]&gt; --> <!--',
  'a\u0000b\u0008c\u000Bd\uFFFEe\uD800f\u202Eg\u2066h\u200Fi\u{E0041}',
  '100%25 %0A%0D ::warning::x',
].join('\n');

const hostile = resultOf({
  plan: 'golden',
  verdict: {
    verdict: 'fail',
    rows: [
      rowOf({ slice: { label: 'topic', value: HOSTILE }, sentence: `task_success where topic is ${HOSTILE} fell` }),
      rowOf({ verdict: 'inconclusive', sentence: HOSTILE }),
    ],
    worst: ['q1'],
  },
  candidate: { ...resultOf().candidate, name: HOSTILE },
  worst: [
    worstOf({
      id: HOSTILE,
      question: HOSTILE,
      golden: HOSTILE,
      candidate: HOSTILE,
      baseline: HOSTILE,
      findings: [HOSTILE],
    }),
    worstOf({ candidate: HOSTILE }),
  ],
  remarks: [HOSTILE],
});

/** What GitHub's runner takes for a command to it: V2 at a line's beginning, V1 anywhere. */
const commandsIn = (text: string): string[] =>
  text.split(/\r\n|\n|\r/).filter((line) => line.trimStart().startsWith('::') || line.includes('##['));
// eslint-disable-next-line no-control-regex
const isClean = (text: string): boolean => !/(?![\n])\p{Cc}|\p{Cs}|[\u202A-\u202E\u2066-\u2069\uFFFE]/u.test(text);

describe('what an agent says', () => {
  it('moves no cursor, and is no command to the runner, on a terminal', () => {
    const text = table(hostile);
    expect(isClean(text)).toBe(true);
    expect(commandsIn(text)).toEqual([]);
    expect(text).toContain('[31mred');
  });

  it('stays within its strings in JSON', () => {
    const text = json(hostile);
    expect((JSON.parse(text) as typeof hostile).worst[0]?.candidate).toBe(HOSTILE);
    expect(commandsIn(text)).toEqual([]);
  });

  it('leaves JUnit well-formed', () => {
    const text = junit(hostile);
    const said: string[] = [];
    const parser = new SaxesParser();
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('cdata', (data) => void said.push(data));
    parser.write(text).close();
    expect(isClean(text)).toBe(true);
    expect(said.join('')).toContain('<script>alert(1)</script>');
  });

  it('is no markup, no link, no mention and no quick action in a comment', () => {
    const text = markdown(hostile);
    expect(isClean(text)).toBe(true);
    const html = marked.parse(text, { gfm: true, async: false });
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag!.toLowerCase()));
    expect(
      [...tags].filter((tag) => ['script', 'img', 'a', 'h1', 'em', 'del', 'hr', 'pre', 'blockquote'].includes(tag)),
    ).toEqual([]);
    expect(html.match(/<table>/g)).toHaveLength(3);
    expect(html).not.toContain('<h1');
    // GitHub looks for mentions in what is shown, but not in code.
    const shown = html.replaceAll(/<code>.*?<\/code>/gs, '');
    expect(shown).not.toMatch(/@everyone|(?<!&)#1\b/);
    expect(text.split('\n').filter((line) => line.startsWith('/'))).toEqual([]);
  });

  it('can’t end its annotation or begin another', () => {
    const text = github(hostile);
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^::(error|warning) file=[^,:]+,(line=\d+,)?title=[^,:]*::/);
    expect(isClean(text)).toBe(true);
  });

  it('fits into a comment, however long it is', () => {
    const long = '<&>"\n'.repeat(5_000);
    const rows = Array.from({ length: 300 }, (_, i) => rowOf({ slice: { label: 'topic', value: `${long}${i}` } }));
    const worst = Array.from({ length: 10 }, (_, i) =>
      worstOf({ id: `q${i}`, question: long, golden: long, candidate: long, baseline: long, findings: [long, long] }),
    );
    expect(markdown(resultOf({ verdict: { verdict: 'fail', rows, worst: [] }, worst })).length).toBeLessThan(65_536);
  });
});

describe('a report', () => {
  it('says in its comment what blocks, with both values, difference, p and limit, and the costs apart', () => {
    const html = marked.parse(markdown(resultOf()), { gfm: true, async: false });
    const text = html
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
      .replaceAll(/&lt;/g, '<')
      .replaceAll('\u200B', '')
      .replaceAll(/\s+/g, ' ');
    expect(text).toContain('❌ Gate golden failed Merge blocked: task_success fell by 16.3 %, from 86 % to 72 %');
    expect(text).toContain('❌ task_success 86 % 72 % −14 points (−16.3 %) < 0.0001 drop ≤ 5 %');
    expect(text).toContain('asked: Where is it? right: On its way. baseline candidate On its way. No idea.');
    expect(text).toContain("agents' own tokens: candidate $0.12.");
    expect(text).toContain('judging by judge-1: $0.42 (estimated $0.50 for 1,000 questions).');
    expect(html).toContain('<tr><th>baseline</th><th>candidate</th></tr><tr><td><code>');
  });

  it('is an error and no pass in JUnit where a row could not be decided', () => {
    const text = junit(
      resultOf({
        verdict: {
          verdict: 'inconclusive',
          rows: [rowOf({ verdict: 'inconclusive' }), rowOf({ verdict: 'pass', worst: [] })],
          worst: [],
        },
      }),
    );
    expect(text).toContain('tests="2" failures="0" errors="1"');
    expect(text).toContain('<error message="task_success fell by 16.3 %');
  });

  it('of a pass shows no questions, and what was worse but may be chance', () => {
    const row = rowOf({
      verdict: 'pass',
      sentence: 'task_success fell by 1 %, from 86 % to 85 % [n=500], could be chance: p = 0.4',
    });
    const passed = resultOf({ verdict: { verdict: 'pass', rows: [row], worst: ['q1'] } });
    for (const text of [table(passed), markdown(passed)]) {
      expect(text).toContain('could be chance');
      expect(text).not.toContain('No idea.');
      expect(text).not.toContain('blocked');
    }
    expect(github(passed)).toBe('::notice file=gate.yaml,title=Gate golden::Gate golden passed');
  });

  it('lines its columns up, and leaves out those that nothing is said in', () => {
    const rows = [
      rowOf(),
      rowOf({
        name: 'latency',
        asked: 'p95',
        threshold: 2,
        candidate: 1.5,
        baseline: 1.2,
        difference: 0.3,
        dropPct: null,
        p: null,
        verdict: 'pass',
      }),
    ];
    const lines = table(resultOf({ verdict: { verdict: 'fail', rows, worst: [] }, worst: [] })).split('\n');
    expect(lines.slice(3, 6)).toEqual([
      '        metric        baseline  candidate                change         p  limit',
      '  FAIL  task_success      86 %       72 %  −14 points (−16.3 %)  < 0.0001  drop ≤ 5 %',
      '  pass  latency          1.2 s      1.5 s       +300 ms (+25 %)            p95 ≤ 2 s',
    ]);
  });
});
