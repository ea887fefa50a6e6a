import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { playAll } from './catalogue/parallel.ts';
import { CANDIDATES } from './catalogue/registry.ts';
import { jsonOf, tables, wrongIn } from './catalogue/report.ts';
import { DEFAULT_SETTING } from './catalogue/settings.ts';
import { whole, withUsage, WrongUse } from './decisions/arguments.ts';

const USAGE = `Plays candidates that are broken, each in its own way, and candidates that are harmless, against the default metrics with
the support agent's customers, on virtual time; says which were stopped, where and by what, and writes that into docs/catalogue.md.

  npm run bench -- catalogue [--only NAME,NAME] [--seed 1] [--rate 40] [--jobs 2] [--canary] [--budget] [--no-doc] [--json]

  --rate    requests a minute
  --canary  without the shadow, for what users would meet
  --budget  promoted by proof instead of by planned stages
  --no-doc  print only; so it is with any of the options above
  --json    the last line is {broken: [{name, stopped, metric, minutes}], harmless: [{name, promoted, minutes}]}

Exits with 1 where a broken one was not stopped by what is wrong with it, or a harmless one not promoted.`;

const PAGE = path.resolve(import.meta.dirname, '../docs/catalogue.md');
const [BEGIN, END] = ['<!-- catalogue: begin -->', '<!-- catalogue: end -->'];

const writePage = (part: string): void => {
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`docs/catalogue.md lacks ${BEGIN} … ${END}`);
  writeFileSync(PAGE, `${page.slice(0, start)}${BEGIN}\n\n${part}\n\n${page.slice(end)}`);
};

const candidatesOf = (only: string | undefined) => {
  const names = only?.split(',') ?? CANDIDATES.map(({ name }) => name);
  return names.map((name) => {
    const found = CANDIDATES.find((one) => one.name === name);
    if (found === undefined)
      throw new WrongUse(`there is no candidate ${name}; there are ${CANDIDATES.map((one) => one.name).join(', ')}`);
    return found;
  });
};

await withUsage(USAGE, async () => {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      only: { type: 'string' },
      seed: { type: 'string', default: String(DEFAULT_SETTING.seed) },
      rate: { type: 'string', default: String(DEFAULT_SETTING.requestsPerMinute) },
      jobs: { type: 'string', default: '2' },
      canary: { type: 'boolean', default: false },
      budget: { type: 'boolean', default: false },
      doc: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const setting = {
    ...DEFAULT_SETTING,
    seed: whole('seed', values.seed, 0, 2 ** 31),
    requestsPerMinute: whole('rate', values.rate, 1, 10_000),
    spec: {
      ...DEFAULT_SETTING.spec,
      skipShadow: values.canary,
      ...(values.budget ? { promotion: 'budget', stages: undefined } : {}),
    },
  };
  const isWhole =
    JSON.stringify(setting) ===
    JSON.stringify({ ...DEFAULT_SETTING, spec: { ...DEFAULT_SETTING.spec, skipShadow: false } });
  const fates = await playAll(candidatesOf(values.only), setting, whole('jobs', values.jobs, 1, 64), (fate) => {
    const wrong = wrongIn(fate);
    const how = fate.state === 'rolled_back' ? `stopped in ${fate.stoppedIn} by ${fate.metric}` : fate.state;
    process.stderr.write(
      `${fate.candidate.name}: ${how} after ${fate.minutes} minutes and ${fate.requests} requests${wrong === null ? '' : ` — WRONG: ${wrong}`}\n`,
    );
  });
  const page = tables(fates);
  console.log(page);
  if (values.doc && isWhole && values.only === undefined) writePage(page);
  if (values.json) console.log(JSON.stringify(jsonOf(fates)));
  if (fates.some((fate) => wrongIn(fate) !== null)) process.exitCode = 1;
});
