import { allImports, type Import } from './imports.ts';
import { isTest, SERVICES, topOf, type Tree } from './tree.ts';

/** The parts of a service, from the top down; a part may use the ones named beside it. */
const PARTS = {
  entry: ['entry', 'adapters', 'loop', 'config', 'core'],
  adapters: ['adapters', 'loop', 'config', 'core'],
  loop: ['loop', 'config', 'core'],
  config: ['core'],
  core: ['core'],
} as const;
type Part = keyof typeof PARTS;

/** What a top-level folder may import beside itself. Test code is judged by `TESTS`. */
const FOLDER_MAY: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  platform: ['schemas'],
  infra: ['platform', 'schemas'],
  examples: [],
  dashboard: ['platform', 'schemas'],
  cli: ['infra', 'examples', 'platform', 'schemas'],
  bench: ['infra', 'examples', 'platform', 'schemas', 'cli', ...SERVICES],
  ...Object.fromEntries(SERVICES.map((service) => [service, ['platform', 'schemas']])),
};
const TESTS: readonly string[] = ['platform', 'schemas', 'test', 'infra', 'examples'];

/** Computation only: hashes, checksums, bytes, schemas, special functions, texts. */
const CORE_PACKAGES =
  /^(zod|ajv|canonicalize|jsonrepair|obscenity|fastest-levenshtein|gpt-tokenizer(\/.+)?|node:(crypto|zlib|buffer)|@stdlib\/.+)$/;
const SCHEMA_PACKAGES = /^(zod|@datadog\/sketches-js|libphonenumber-js(\/.+)?)$/;
/** These write the generated files, which nothing else in schemas/ may. */
const SCHEMA_WRITER = /^schemas\/[a-z-]+-write\.ts$/;

/** Packages whose quirks stand behind few files, and where those are. */
const KEPT_APART: readonly { name: RegExp; where: RegExp }[] = [
  { name: /^(kafkajs|kafkajs-.+|@kafkajs\/.+)$/, where: /^(platform|infra)\// },
  { name: /^uWebSockets\.js$/, where: /^(ingress\/adapters\/uws-|bench\/)[a-z/-]+(\.harness|\.test)?\.ts$/ },
  { name: /^ioredis$/, where: /^platform\// },
  { name: /^pino$/, where: /^platform\// },
  { name: /^prom-client$/, where: /^platform\// },
  { name: /^undici$/, where: /\/adapters\/|^(cli|bench|infra|examples|test)\/|\.test\.ts$/ },
  {
    name: /^(vitest|fast-check|openai)$/,
    where: /^(test\/|.*\.(test|fixture|harness|contract)\.ts$|vitest\.config\.ts$)/,
  },
];

/** Where a process or a thread begins: ingress/publisher.ts is the main of the publisher's thread. */
const ENTRY = /^([a-z]+\/main|ingress\/publisher)\.ts$/;

const partOf = (file: string): Part => {
  if (ENTRY.test(file)) return 'entry';
  const [, second] = file.split('/');
  if (second === 'core' || second === 'adapters') return second;
  return second === 'config.ts' ? 'config' : 'loop';
};

const wrongFile = ({ from, target, isThread }: Import): string | null => {
  const [top, other] = [topOf(from), topOf(target)];
  if (top === 'test' || top === '') return null;
  if (isTest(from)) {
    const may = [top, ...TESTS, ...(FOLDER_MAY[top] ?? [])];
    return may.includes(other) ? null : `a test in ${top}/ may not import ${other}/`;
  }
  // What tests are labelled with, benches measure with.
  if (top === 'bench' && target.endsWith('.fixture.ts')) return null;
  if (isTest(target)) return `only tests import test code`;
  if (other === top) return SERVICES.includes(top) && !isThread ? wrongPart(from, target) : null;
  const may = SERVICES.includes(top) && partOf(from) === 'core' ? ['schemas'] : (FOLDER_MAY[top] ?? []);
  if (may.includes(other)) return null;
  const who = SERVICES.includes(top) ? `${top}'s ${partOf(from)}` : `${top}/`;
  return `${who} may not import ${other}/ (it may: ${['its own', ...may].join(', ')})`;
};

const wrongPart = (from: string, target: string): string | null => {
  const [part, other] = [partOf(from), partOf(target)];
  const may: readonly Part[] = PARTS[part];
  return may.includes(other) ? null : `a service's ${part} may not import its ${other} (${may.join(', ')} it may)`;
};

const wrongPackage = ({ from, target }: Import): string | null => {
  for (const { name, where } of KEPT_APART)
    if (name.test(target) && !where.test(from)) return `${target} belongs in ${where.source} alone`;
  if (isTest(from)) return null;
  const inCore = SERVICES.includes(topOf(from)) && partOf(from) === 'core';
  if (inCore && !CORE_PACKAGES.test(target)) return `core is pure and may not import ${target}`;
  if (topOf(from) === 'schemas' && !SCHEMA_WRITER.test(from) && !SCHEMA_PACKAGES.test(target))
    return `schemas/ may not import ${target}`;
  return null;
};

/** Imports that go the wrong way, as lines `file:line: what`. */
export const wrongImports = (tree: Tree): string[] =>
  allImports(tree).flatMap((found) => {
    const wrong = found.isPackage ? wrongPackage(found) : wrongFile(found);
    return wrong === null ? [] : [`${found.from}:${found.line}: ${wrong}`];
  });

/** Relative imports of files that are not there, as the same lines. */
export const danglingImports = (tree: Tree): string[] =>
  allImports(tree)
    .filter(({ isPackage, target }) => !isPackage && !tree.has(target))
    .map(({ from, line, target }) => `${from}:${line}: there is no ${target}`);
