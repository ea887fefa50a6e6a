import { spawn } from 'node:child_process';
import path from 'node:path';

/** `options` null: the bench has a help of its own. */
type Bench = { what: string; options: readonly string[] | null };

const BENCHES: Readonly<Record<string, Bench>> = {
  decisions: {
    what: 'the rules that roll back and promote beside peers’ rules: false alarms, delay, harm, against the information bound',
    options: null,
  },
  catalogue: {
    what: 'broken candidates, which the default metrics must stop, and harmless ones, which must be promoted, on virtual time',
    options: null,
  },
  coqa: {
    what: 'CoQA answers through the faithfulness pipeline with the local judge (needs ../shared/data)',
    options: ['--data FILE'],
  },
  'false-alarms': {
    what: 'how often the rules by words that are watched by default accuse recorded answers (needs ../shared/data)',
    options: ['--show'],
  },
  'front-door': {
    what: 'the ingress beside nginx, LiteLLM, Portkey and others: rate, CPU, added latency, streams, memory',
    options: [
      '--only ours,nginx',
      '--rounds 3',
      '--seconds 4',
      '--quick',
      '--all-in',
      '--profile',
      '--against CHECKOUT',
    ],
  },
  gate: {
    what: 'how often the eval gate blocks a change that is none, and one that loses ten points, beside a bare 5 % rule and McNemar (needs ../shared/data)',
    options: ['--resamples 1000', '--seed 1'],
  },
  'judge-spend': {
    what: 'calls, tokens and money of judging shadow pairs: one order and both, with and without a cascade',
    options: ['--pairs 200', '--bias 0.3'],
  },
  llmbar: {
    what: 'pairwise judging in one order, in both and as a cascade, on recorded verdicts (needs ../shared/data)',
    options: ['--data FOLDER', '--cheap ChatGPT', '--strong GPT-4', '--write'],
  },
  'judge-metrics': { what: 'what each metric of the judge finds and misses on labelled cases', options: [] },
  pii: {
    what: 'what the redaction finds and misses by kind on labelled lines, and what it costs an exchange',
    options: [],
  },
  pipeline: {
    what: 'what an exchange costs behind the front door, stage by stage, beside a bare consumer: rate, CPU, idle, bytes, growth',
    options: [
      '--exchanges 16000',
      '--rounds 3',
      '--only judge,idle',
      '--recorded',
      '--growth',
      '--members',
      '--against CHECKOUT',
    ],
  },
  soak: {
    what: 'everything under abuse for some minutes: crashes, memory that grows, clients let down, what they had beside what is in the topics',
    options: ['--minutes 10', '--seed N'],
  },
  store: {
    what: 'pages from the controller’s store with a million scores, and what folding costs beside decoding',
    options: ['--exchanges 100000', '--calls 50', '--seed 1'],
  },
  'tool-scorer': {
    what: 'agreement of the tool scorer with recorded correctness (needs ../shared/data)',
    options: ['--replay FOLDER'],
  },
};

const usage = [
  'npm run bench -- <name> [--json] [options of the bench; --help tells them]',
  ...Object.entries(BENCHES).map(([name, { what }]) => `  ${name.padEnd(14)}${what}`),
].join('\n');

const usageOf = (name: string, what: string, options: readonly string[]): string =>
  `${what[0]!.toUpperCase()}${what.slice(1)}.\n\n  npm run bench -- ${[name, ...options.map((one) => `[${one}]`), '[--json]'].join(' ')}\n`;

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
const isAskedForHelp = args.includes('--help') || args.includes('-h');
if (name === '' || name === '--help') console.log(usage);
else if (bench === undefined) {
  console.error(`there is no bench ${name}\n${usage}`);
  process.exitCode = 2;
} else if (isAskedForHelp && bench.options !== null) console.log(usageOf(name, bench.what, bench.options));
else {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.ts`), ...args], { stdio: 'inherit' });
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
