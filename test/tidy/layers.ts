import { allImports, importsOf, type Import } from './imports.ts';
import { impuritiesIn } from './purity.ts';
import { isSource, isTest, SERVICES, topOf, type Tree } from './tree.ts';

/** The parts of a service, from the top down; a part may use the ones named beside it. */
const PARTS = {
  entry: ['entry', 'io', 'loop', 'config', 'pure'],
  io: ['io', 'loop', 'config', 'pure'],
  loop: ['loop', 'config', 'pure'],
  config: ['pure'],
  pure: ['pure'],
} as const;
type Part = keyof typeof PARTS;

/**
 * Files that keep time, wait for others or hold what changes, over functions that reach the outside for them. Every
 * other file of a service is pure, unless it is its main, service, config or events, or its name ends in `.io.ts`.
 */
const LOOPS: ReadonlySet<string> = new Set([
  'analyzer/stages/deliver.ts',
  'analyzer/stages/fold-task.ts',
  'analyzer/stages/merge-stage.ts',
  'analyzer/stages/partition-stage.ts',
  'analyzer/stages/partition-worker.ts',
  'analyzer/stages/restore.ts',
  'analyzer/stages/stage.ts',
  'controller/alerts/alert-store.ts',
  'controller/alerts/alerts.ts',
  'controller/alerts/pipeline-look.ts',
  'controller/alerts/sending.ts',
  'controller/append-confirmed.ts',
  'controller/commands/identifying.ts',
  'controller/commands/applying.ts',
  'controller/commands/operations.ts',
  'controller/commands/posting-metrics.ts',
  'controller/commands/registering-data.ts',
  'controller/commands/registering-versions.ts',
  'controller/deciding/evaluation.ts',
  'controller/deciding/agent-evaluation.ts',
  'controller/deciding/checking.ts',
  'controller/deciding/smoke-check.ts',
  'controller/effects/identity-watch.ts',
  'controller/effects/routing-writer.ts',
  'controller/follow-log.ts',
  'controller/follow-gauges.ts',
  'controller/follow-registry.ts',
  'controller/ledger.ts',
  'controller/pipeline/follow-throughput.ts',
  'controller/pipeline/pipeline.ts',
  'controller/store/following.ts',
  'controller/watching/coverage-alerts.ts',
  'controller/watching/scraping.ts',
  'ingress/door/agent-proxy.ts',
  'ingress/door/endpoints.ts',
  'ingress/door/feedback.ts',
  'ingress/door/generate.ts',
  'ingress/door/request-routing.ts',
  'ingress/door/socket-admission.ts',
  'ingress/journal/publish.ts',
  'ingress/relay/first-content-timer.ts',
  'ingress/relay/relay.ts',
  'ingress/relay/socket-relay.ts',
  'ingress/relay/sockets.ts',
  'ingress/upstream/guarded-call.ts',
  'ingress/upstream/version-gate.ts',
  'ingress/upstream/upstreams.ts',
  'judge/models/model-gate.ts',
  'judge/models/model-judge.ts',
  'judge/models/model-metrics.ts',
  'judge/models/model-scoring.ts',
  'judge/panel.ts',
  'judge/models/rollout-facts.ts',
  'judge/models/similarity.ts',
  'judge/models/waits.ts',
  'judge/scoring.ts',
  'judge/share/sampler.ts',
  'mirror/replaying.ts',
]);

/** Folders within a folder, from the ground up: each may use those before it. One that is not named stands beside all. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  ingress: ['protocol', 'routing', 'policy', 'exchange', 'admission', 'upstream', 'journal', 'relay', 'door', 'uws'],
  judge: ['answers', 'questions', 'scorers', 'models', 'share'],
  controller: [
    'rules',
    'rollout',
    'registry',
    'evidence',
    'verdict',
    'alerts',
    'commands',
    'deciding',
    'effects',
    'api',
  ],
  analyzer: ['rows', 'folds', 'stages'],
  platform: ['process', 'redis', 'kafka', 'consume'],
};

/** Pure folders that everything may use. */
const CONCEPTS: readonly string[] = ['privacy', 'openai', 'schemas'];

/** What a top-level folder may import beside itself. Test code is judged by `TESTS`. */
const FOLDER_MAY: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  openai: ['schemas'],
  privacy: ['openai', 'schemas'],
  platform: ['schemas'],
  infra: ['platform', 'schemas'],
  examples: [],
  dashboard: ['schemas'],
  docs: ['platform', ...CONCEPTS, ...SERVICES, 'cli'],
  cli: ['infra', 'examples', 'platform', 'privacy', 'openai', 'schemas', 'judge'],
  bench: ['infra', 'examples', 'platform', 'privacy', 'openai', 'schemas', 'cli', ...SERVICES],
  ...Object.fromEntries(SERVICES.map((service) => [service, ['platform', ...CONCEPTS]])),
};
const TESTS: readonly string[] = ['platform', ...CONCEPTS, 'test', 'infra', 'examples'];

/** Computation only: hashes, checksums, bytes, schemas, special functions, texts, bounded maps. */
const PURE_PACKAGES =
  /^(zod|ajv|canonicalize|jsonrepair|obscenity|@eslint-community\/regexpp|fastest-levenshtein|gpt-tokenizer(\/.+)?|lru-cache|yaml|node:(crypto|zlib|buffer)|@stdlib\/.+)$/;
const PACKAGES_OF: Readonly<Record<string, RegExp>> = {
  schemas: /^(zod|yaml|canonicalize|node:crypto|fastest-levenshtein|@datadog\/sketches-js)$/,
  openai: /^eventsource-parser$/,
  privacy: /^(zod|ibantools|libphonenumber-js(\/.+)?)$/,
};

/** Packages whose quirks stand behind few files, and where those are. */
const KEPT_APART: readonly { name: RegExp; where: RegExp }[] = [
  { name: /^(preact|@preact\/signals|uplot)$/, where: /^dashboard\// },
  { name: /^vite$/, where: /^(dashboard\/vite\.config|infra\/build-page)\.ts$/ },
  { name: /^(playwright-core|axe-core)$/, where: /^test\/dashboard\// },
  { name: /^(kafkajs|kafkajs-.+|@kafkajs\/.+)$/, where: /^(platform|infra)\// },
  {
    name: /^uWebSockets\.js$/,
    where: /^(ingress\/uws\/uws-|bench\/)[a-z/-]+(\.io|\.harness)?(\.test)?\.ts$/,
  },
  { name: /^ioredis$/, where: /^platform\// },
  { name: /^pino$/, where: /^platform\// },
  { name: /^prom-client$/, where: /^platform\// },
  { name: /^undici$/, where: /\.io\.ts$|^(cli|bench|infra|examples|test)\/|\.test\.ts$/ },
  {
    name: /^(vitest|fast-check|openai|ai|@ai-sdk\/.+|@anthropic-ai\/.+|@langchain\/.+)$/,
    where: /^(test\/|.*\.(test|fixture|harness|contract)\.ts$|vitest\.config\.ts$)/,
  },
];

/** Where a process or a thread begins: the publisher, the reader of documents and the store's two are the mains of their threads. */
const ENTRY =
  /^([a-z]+\/main|ingress\/journal\/publisher|controller\/commands\/document-thread|controller\/store\/(fold|query)-thread)\.ts$/;
/** The endpoints of an API wait for the service that they are handed. */
const LOOP = /^[a-z]+\/service\.ts$|(\/|-)events\.ts$|^controller\/api\/endpoints\//;

const partOf = (file: string): Part => {
  if (ENTRY.test(file)) return 'entry';
  if (file.endsWith('.io.ts')) return 'io';
  if (/^[a-z]+\/config\.ts$/.test(file)) return 'config';
  return LOOP.test(file) || LOOPS.has(file) ? 'loop' : 'pure';
};

/** Files whose results depend on their arguments alone. */
export const isPure = (file: string): boolean => {
  if (!isSource(file) || isTest(file)) return false;
  return CONCEPTS.includes(topOf(file)) || (SERVICES.includes(topOf(file)) && partOf(file) === 'pure');
};

const wrongFile = ({ from, target, isThread }: Import): string | null => {
  const [top, other] = [topOf(from), topOf(target)];
  if (top === 'test' || top === '') return null;
  if (isTest(from)) {
    const may = [top, ...TESTS, ...(FOLDER_MAY[top] ?? [])];
    return may.includes(other) ? null : `a test in ${top}/ may not import ${other}/`;
  }
  // What tests are labelled with, benches measure with, and pages list.
  if ((top === 'bench' || top === 'docs') && target.endsWith('.fixture.ts')) return null;
  if (isTest(target)) return `only tests import test code`;
  if (other === top) return (isThread ? null : wrongPart(from, target)) ?? wrongFloor(from, target);
  const may = SERVICES.includes(top) && partOf(from) === 'pure' ? CONCEPTS : (FOLDER_MAY[top] ?? []);
  if (may.includes(other)) return null;
  const who = SERVICES.includes(top) ? `${partOf(from)} in ${top}/` : `${top}/`;
  return `${who} may not import ${other}/ (it may: ${['its own', ...may].join(', ')})`;
};

const wrongPart = (from: string, target: string): string | null => {
  if (!SERVICES.includes(topOf(from))) return null;
  const [part, other] = [partOf(from), partOf(target)];
  const may: readonly Part[] = PARTS[part];
  return may.includes(other) ? null : `a service's ${part} may not import its ${other} (${may.join(', ')} it may)`;
};

const wrongFloor = (from: string, target: string): string | null => {
  const floors = FLOORS[topOf(from)] ?? [];
  const [folder = '', other = ''] = [from, target].map((file) => file.split('/')[1]);
  const [floor, above] = [floors.indexOf(folder), floors.indexOf(other)];
  return floor >= 0 && above > floor ? `${folder}/ may not import ${other}/, which stands above it` : null;
};

const wrongPackage = ({ from, target }: Import): string | null => {
  for (const { name, where } of KEPT_APART)
    if (name.test(target) && !where.test(from)) return `${target} belongs in ${where.source} alone`;
  if (isTest(from)) return null;
  if (!isPure(from)) return null;
  const may = PACKAGES_OF[topOf(from)] ?? PURE_PACKAGES;
  return may.test(target) ? null : `it is pure and may not import ${target}`;
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

const isIdle = (tree: Tree, loop: string): boolean => {
  const text = tree.get(loop);
  if (text === undefined) return true;
  const reaches = importsOf(loop, text).some(({ target, isPackage }) =>
    isPackage ? !PURE_PACKAGES.test(target) : topOf(target) === 'platform' || partOf(target) === 'loop',
  );
  return !reaches && impuritiesIn(text).length === 0;
};

/** Files on the list of loops that are not there, or need not be on it. */
export const idleLoops = (tree: Tree): string[] =>
  [...LOOPS].filter((loop) => isIdle(tree, loop)).map((loop) => `${loop}: no loop; take it off the list`);

/** Clocks, chance and I/O in files that are to be pure, as lines `file:line: what`. */
export const impurities = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => isPure(file))
    .flatMap(([file, text]) =>
      impuritiesIn(text).map(({ line, what }) => `${file}:${line}: it is pure; pass it in instead of \`${what}\``),
    );
