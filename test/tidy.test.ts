import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { familiesOutsideRules } from './tidy/families.ts';
import { longFunctions, ownLines } from './tidy/functions.ts';
import { importsOf } from './tidy/imports.ts';
import { danglingImports, idleLoops, impurities, wrongImports } from './tidy/layers.ts';
import { leftovers, machineTraces } from './tidy/leftovers.ts';
import { brokenLinks } from './tidy/links.ts';
import { markupFromText } from './tidy/markup.ts';
import { incompleteServices, longFiles, strangeFolders, wrongNames } from './tidy/names.ts';
import { without } from './tidy/scan.ts';
import { readTree, type Tree } from './tidy/tree.ts';

const CHECKS: readonly { promise: string; check: (tree: Tree) => string[] }[] = [
  {
    promise: 'imports go one way: main, io, loops, config, what is pure; services, platform, schemas',
    check: wrongImports,
  },
  { promise: 'every relative import leads to a file', check: danglingImports },
  { promise: 'what is pure knows no clock, no chance and no I/O', check: impurities },
  { promise: 'every file on the list of loops is one', check: idleLoops },
  { promise: 'files are named for what is in them', check: wrongNames },
  { promise: 'every top-level folder is one that was decided on', check: strangeFolders },
  { promise: 'no source file is longer than 400 lines', check: longFiles },
  { promise: 'no function has more than 60 lines of its own', check: longFunctions },
  { promise: 'every service has the same things', check: incompleteServices },
  { promise: 'what depends on a metric’s family is said by its rule alone', check: familiesOutsideRules },
  { promise: 'no note to oneself, no focused test, no skipped test without a reason', check: leftovers },
  { promise: 'no path of one machine and no host of a package registry', check: machineTraces },
  { promise: 'the page never makes markup or code of a text', check: markupFromText },
  { promise: 'links in the documents lead somewhere', check: brokenLinks },
];

describe('the tree', () => {
  const tree = readTree(path.resolve(import.meta.dirname, '..'));

  it('is there', () => {
    expect(tree.size).toBeGreaterThan(100);
  });

  for (const { promise, check } of CHECKS)
    it(promise, () => {
      expect(check(tree)).toEqual([]);
    });
});

const found = (check: (tree: Tree) => string[], files: Record<string, string>): string[] =>
  check(new Map(Object.entries(files)));

/** Each of these files, alone in a tree with the import's target, is one fault of its check. */
const FAULTY_IMPORTS: readonly [file: string, specifier: string][] = [
  ['ingress/protocol/a.ts', '../exchange/live-exchange.ts'],
  ['judge/answers/a.ts', '../scorers/registry.ts'],
  ['controller/rules/a.ts', '../evidence/cell.ts'],
  ['platform/process/log.ts', '../kafka/bus.ts'],
  ['ingress/admission/a.ts', '../upstream/outlier.ts'],
  ['judge/answers/a.ts', 'node:fs'],
  ['judge/answers/a.ts', 'undici'],
  ['judge/answers/a.ts', '../../platform/process/clock.ts'],
  ['judge/answers/a.ts', '../service.ts'],
  ['judge/answers/a.ts', '../events.ts'],
  ['judge/answers/a.ts', '../models/model-gate.ts'],
  ['judge/answers/a.ts', '../models/model.io.ts'],
  ['judge/answers/a.ts', '../../mirror/b.ts'],
  ['judge/a-worker.ts', './models/model.io.ts'],
  ['judge/service.ts', './models/model.io.ts'],
  ['judge/service.ts', './main.ts'],
  ['judge/config.ts', './service.ts'],
  ['judge/models/model.io.ts', '../main.ts'],
  ['judge/models/model-gate.ts', './model.io.ts'],
  ['judge/main.ts', '../mirror/service.ts'],
  ['judge/main.ts', '../infra/parts/parts.ts'],
  ['judge/main.ts', '../cli/start.ts'],
  ['judge/main.ts', './answers/a.fixture.ts'],
  ['judge/main.ts', 'ioredis'],
  ['judge/answers/a.test.ts', '../../mirror/b.ts'],
  ['analyzer/folds/a.ts', 'node:fs'],
  ['analyzer/folds/a.ts', '../stages/stage.ts'],
  ['mirror/plan.ts', '../platform/process/clock.ts'],
  ['mirror/plan.ts', './upstream.io.ts'],
  ['mirror/log.io.ts', 'kafkajs'],
  ['ingress/uws/http.io.ts', 'uWebSockets.js'],
  ['platform/process/log.ts', '../../judge/answers/a.ts'],
  ['platform/process/log.ts', '../../infra/parts/parts.ts'],
  ['schemas/score.ts', '../platform/process/log.ts'],
  ['schemas/score.ts', '../openai/answer.ts'],
  ['schemas/score.ts', 'node:fs'],
  ['schemas/score.ts', 'ajv'],
  ['openai/answer.ts', '../platform/process/log.ts'],
  ['openai/answer.ts', 'node:fs'],
  ['privacy/redact.ts', '../judge/answers/a.ts'],
  ['privacy/redact.ts', 'undici'],
  ['infra/create-topics.ts', '../cli/start.ts'],
  ['examples/support/agent.ts', '../../schemas/score.ts'],
  ['cli/start.ts', '../ingress/routing/a.ts'],
  ['cli/start.ts', '../bench/main.ts'],
  ['cli/start.ts', 'vitest'],
  ['dashboard/app.tsx', '../platform/process/clock.ts'],
  ['dashboard/app.tsx', '../controller/service.ts'],
  ['controller/service.ts', '../dashboard/app.tsx'],
  ['controller/main.ts', 'preact'],
];

const GOOD_IMPORTS: readonly [file: string, specifier: string][] = [
  ['ingress/door/a.ts', '../admission/chain.ts'],
  ['ingress/uws/uws-a.io.ts', '../door/a.ts'],
  ['judge/main.ts', './models/model.io.ts'],
  ['judge/main.ts', '../platform/process/log.ts'],
  ['judge/models/model.io.ts', '../service.ts'],
  ['judge/models/model.io.ts', 'node:fs'],
  ['judge/models/model-gate.ts', '../../platform/process/clock.ts'],
  ['judge/service.ts', './answers/a.ts'],
  ['judge/answers/a.ts', './b.ts'],
  ['judge/answers/a.ts', '../../schemas/score.ts'],
  ['judge/answers/a.ts', '../../openai/answer.ts'],
  ['judge/answers/a.ts', '../../privacy/redact.ts'],
  ['judge/answers/a.ts', 'node:crypto'],
  ['judge/answers/a.ts', 'ajv/dist/2020.js'],
  ['controller/rules/a.ts', '@stdlib/math-base-special-betainc'],
  ['judge/answers/a.test.ts', 'fast-check'],
  ['judge/service.test.ts', './models/model.io.ts'],
  ['judge/service.test.ts', '../platform/kafka/memory-bus.ts'],
  ['schemas/sketch.ts', '@datadog/sketches-js'],
  ['privacy/phone.ts', 'libphonenumber-js/max'],
  ['infra/create-topics.ts', 'kafkajs'],
  ['cli/start.ts', '../examples/support/customers.ts'],
  ['cli/start.ts', '../judge/answers/a.ts'],
  ['test/story.parts.test.ts', '../cli/start.ts'],
  ['ingress/uws/uws-server.io.ts', 'uWebSockets.js'],
];

describe('the check of imports', () => {
  it.each(FAULTY_IMPORTS)('finds that %s imports %s', (file, specifier) => {
    for (const text of [
      `import { x } from '${specifier}';`,
      `import type {\n  x,\n} from '${specifier}';`,
      `export * from "${specifier}";`,
      `import '${specifier}';`,
      `const x = await import('${specifier}');`,
    ])
      expect(found(wrongImports, { [file]: text })).toHaveLength(1);
  });

  it.each(GOOD_IMPORTS)('lets %s import %s', (file, specifier) => {
    expect(found(wrongImports, { [file]: `import { x } from '${specifier}';` })).toEqual([]);
  });

  it('sees a thread as an import, and tells the line', () => {
    const text = `\nnew Worker(new URL('../mirror/main.ts', import.meta.url));`;
    expect(importsOf('ingress/a.ts', text)).toEqual([
      { from: 'ingress/a.ts', line: 2, target: 'mirror/main.ts', isPackage: false, isThread: true },
    ]);
  });

  it('does not take a comment or a string for an import', () => {
    expect(importsOf('judge/a.ts', `// import x from 'kafkajs'\n/* import 'ioredis' */\n"import 'pino'"`)).toEqual([]);
  });

  it('finds a file on the list of loops that is pure, or is not there', () => {
    const pure = "import { x } from './core.ts';\nexport const f = () => x;";
    const idle = found(idleLoops, {
      'judge/scoring.ts': pure,
      'analyzer/stages/stage.ts': 'export const f = async () => {};',
    });
    expect(idle).toContain('judge/scoring.ts: no loop; take it off the list');
    expect(idle).toContain('mirror/replaying.ts: no loop; take it off the list');
    expect(idle).not.toContain('analyzer/stages/stage.ts: no loop; take it off the list');
  });

  it('finds an import of a file that is not there', () => {
    expect(found(danglingImports, { 'cli/a.ts': `import './b.ts';` })).toEqual(['cli/a.ts:1: there is no cli/b.ts']);
  });
});

describe('the check of what is pure', () => {
  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const x = Math.random();',
    "const home = process.env['HOME'];",
    'setTimeout(run, 1);',
    'const t = performance.now();',
    'fetch(url);',
    'const id = randomUUID();',
    'export const f = async () => {};',
  ])('finds %s', (text) => {
    expect(found(impurities, { 'judge/answers/a.ts': `${text}\n` })).not.toEqual([]);
    expect(found(impurities, { 'mirror/plan.ts': text, 'privacy/redact.ts': text })).toHaveLength(2);
    const mayReach = ['judge/service.ts', 'judge/answers/a.test.ts', 'judge/scoring.ts', 'analyzer/snapshots.io.ts'];
    expect(found(impurities, Object.fromEntries(mayReach.map((file) => [file, text])))).toEqual([]);
  });

  it.each([
    '// Date.now() is for the caller',
    "const text = 'process.env and fetch(x)';",
    'const updated = days(3);',
    'x.process(y);',
  ])('lets %s be', (text) => {
    expect(found(impurities, { 'judge/answers/a.ts': text })).toEqual([]);
  });
});

describe('the other checks', () => {
  it.each([
    'judge/utils.ts',
    'platform/helpers/a.ts',
    'judge/answers/types.ts',
    'cli/index.ts',
    'judge/answers/ScoreRecord.ts',
  ])('find the name %s', (file) => {
    expect(found(wrongNames, { [file]: '' })).toHaveLength(1);
  });

  it('find a folder that nobody decided on', () => {
    expect(found(strangeFolders, { 'scripts/a.ts': '', 'judge/a.ts': '', 'README.md': '' })).toHaveLength(1);
  });

  it('find a file of 401 lines, and let 400 be', () => {
    expect(found(longFiles, { 'a.ts': '\n'.repeat(400), 'b.ts': '\n'.repeat(401), 'c.md': '\n'.repeat(900) })).toEqual([
      'b.ts: 401 lines; split what is over 400',
    ]);
  });

  it('find a function of more than 60 lines, without those of the functions in it', () => {
    const body = (lines: number): string => '  call();\n'.repeat(lines);
    const faults = [
      'const f = () => {',
      'async function f(a: { b: string }): Promise<void> {',
      'class A {\n  async run(a = 1): Promise<void> {',
    ];
    for (const head of faults)
      expect(
        found(longFunctions, { 'cli/a.ts': `${head}\n${body(60)}}${head.startsWith('class') ? '\n}' : ''}\n` }),
      ).toHaveLength(1);
    const nested = `const f = () => {\n${body(30)}  const g = (): void => {\n${body(40)}  };\n}\n`;
    expect(found(longFunctions, { 'cli/a.ts': nested })).toEqual([]);
    expect(ownLines(`const f = (x: {\n  a: string;\n}) => {\n  if (a) {\n    b();\n  }\n};\n`)).toEqual([
      { line: 3, lines: 5 },
    ]);
    expect(found(longFunctions, { 'cli/a.ts': `const table = {\n${'  a: 1,\n'.repeat(90)}};\n` })).toEqual([]);
  });

  it('find what a service lacks', () => {
    const judge = ['main.ts', 'config.ts', 'service.ts', 'README.md', 'answers/a.ts'];
    const missing = found(incompleteServices, Object.fromEntries(judge.map((file) => [`judge/${file}`, ''])));
    expect(missing.filter((line) => line.startsWith('judge'))).toEqual(['judge: every service has events.ts']);
  });

  it('find a look at a metric’s family outside the rules', () => {
    const looks = [
      "if (metric.family === 'rate') return;",
      'const { family } = metricOrRubric(name);',
      'switch (plan.metric.family) {',
    ];
    for (const text of looks) {
      expect(found(familiesOutsideRules, { 'controller/verdict/a.ts': text })).toHaveLength(1);
      expect(found(familiesOutsideRules, { 'controller/rules/a.ts': text })).toEqual([]);
      expect(found(familiesOutsideRules, { 'controller/verdict/a.test.ts': text })).toEqual([]);
      expect(found(familiesOutsideRules, { 'judge/scorers/a.ts': text })).toEqual([]);
    }
    expect(found(familiesOutsideRules, { 'controller/verdict/a.ts': "// family\nconst a = 'family';" })).toEqual([]);
  });

  it('find notes, focused tests and skips without a reason', () => {
    const note = ['TO', 'DO'].join('');
    const faults = [`// ${note} later`, 'it.only(x, y);', 'describe.skip(x, y);', 'fit(x);', 'it.only.each(rows)(x);'];
    for (const text of faults) expect(found(leftovers, { 'a.test.ts': text })).toHaveLength(1);
    const fine = ['// No such broker on this machine.\nit.skip(x, y);', 'it.skipIf(cold)(x);', 'const only = a.only;'];
    for (const text of fine) expect(found(leftovers, { 'a.test.ts': text })).toEqual([]);
  });

  it('find paths of one machine and hosts of registries', () => {
    const host = ['registry', 'npmjs', 'org'].join('.');
    const folder = ['', 'root', 'x'].join('/');
    for (const text of [`cd ${folder}`, `"${folder}"`, `see https://${host}/zod`])
      expect(found(machineTraces, { 'a.md': text })).toHaveLength(1);
    expect(
      found(machineTraces, { 'a.ts': 'const p = join(tmpdir(), "a"); // https://x.example/work/1, ./tmp/a' }),
    ).toEqual([]);
  });

  it('find where the page would make markup or code of a text', () => {
    for (const text of [
      '<p dangerouslySetInnerHTML={x} />',
      'node.innerHTML = x;',
      '<p style="color: red" />',
      'eval(x);',
    ])
      expect(found(markupFromText, { 'dashboard/a.tsx': text })).toHaveLength(1);
    expect(found(markupFromText, { 'dashboard/a.tsx': '<p>{text}</p>', 'cli/a.ts': 'eval(x)' })).toEqual([]);
  });

  it('find links that lead nowhere', () => {
    const pages = { 'docs/a.md': '# One thing: here\n', 'README.md': '' };
    const good = '[a](docs/a.md) [b](docs/) [c](docs/a.md#one-thing-here) [d](https://x.example) `[e](no.md)`';
    expect(found(brokenLinks, { ...pages, 'README.md': good })).toEqual([]);
    for (const text of ['[a](docs/b.md)', '[a](docs/a.md#two)', '![a](docs/a.svg)', '<img src="docs/a.svg">'])
      expect(found(brokenLinks, { ...pages, 'README.md': text })).toHaveLength(1);
  });

  it('are not led astray by quotes, templates and regular expressions', () => {
    const text = [`const a = /['"]/.test(b); // one`, "const c = `it's ${d}`; /* two */", `const e = f / g; // '`].join(
      '\n',
    );
    expect(without(text, ['comment', 'string']).replaceAll(/ +/g, ' ').trim()).toBe(
      'const a = .test(b); \nconst c = ; \nconst e = f / g;',
    );
  });
});
