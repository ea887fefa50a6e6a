import { spawn } from 'node:child_process';
import path from 'node:path';

const BENCHES: Readonly<Record<string, string>> = {
  decisions:
    'the rules that roll back and promote beside peers’ rules: false alarms, delay, harm, against the information bound',
  coqa: 'CoQA answers through the faithfulness pipeline with the local judge (needs ../shared/data)',
  'front-door': 'the ingress beside nginx, LiteLLM, Portkey and others: rate, CPU, added latency, streams, memory',
  'judge-spend': 'calls, tokens and money of judging shadow pairs: one order and both, with and without a cascade',
  llmbar: 'pairwise judging in one order, in both and as a cascade, on recorded verdicts (needs ../shared/data)',
  'judge-metrics': 'what each metric of the judge finds and misses on labelled cases',
  pii: 'what the redaction finds and misses by kind on labelled lines, and what it costs an exchange',
  pipeline:
    'what an exchange costs behind the front door, stage by stage, beside a bare consumer: rate, CPU, idle, bytes, growth',
  soak: 'the ingress under abuse for some minutes: memory, crashes, honest clients that were let down',
  'tool-scorer': 'agreement of the tool scorer with recorded correctness (needs ../shared/data)',
};

const usage = [
  'npm run bench -- <name> [--json] [options of the bench]',
  ...Object.entries(BENCHES).map(([name, what]) => `  ${name.padEnd(14)}${what}`),
].join('\n');

const [name = '', ...args] = process.argv.slice(2);
if (name === '' || name === '--help') console.log(usage);
else if (BENCHES[name] === undefined) {
  console.error(`there is no bench ${name}\n${usage}`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.ts`), ...args], { stdio: 'inherit' });
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
