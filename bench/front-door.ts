import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pickFreePorts } from '../infra/parts/ports.ts';
import { measureAllIn } from './front-door/all-in.ts';
import { requestsOf } from './front-door/exchange.ts';
import { startHello, startUpstream } from './front-door/fast-servers.ts';
import { NotInstallable } from './front-door/install.ts';
import { LOAD_CORE, pinningTrouble, pinSelf, startOn } from './front-door/machine.ts';
import { measureTarget, type Plan, untilReady } from './front-door/measure.ts';
import { ours } from './front-door/ours.ts';
import { measureProfile } from './front-door/profile.ts';
import { baseOf, type Found, jsonOf, tableOf } from './front-door/report.ts';
import { measureTurns } from './front-door/turns.ts';
import { peersOf, PLAIN, type Target } from './front-door/targets.ts';

/**
 * The front door beside its peers. See the README beside this file for what is measured and how.
 *
 *   npm run bench -- front-door [--only ours,nginx] [--rounds 3] [--seconds 4] [--quick] [--json]
 *   npm run bench -- front-door --all-in | --profile | --turns --against DIR
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    turns: { type: 'boolean', default: false },
    'all-in': { type: 'boolean', default: false },
    checkout: { type: 'string', default: path.resolve(import.meta.dirname, '..') },
    against: { type: 'string' },
    role: { type: 'string' },
    port: { type: 'string', default: '0' },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const targetsOf = (upstreamPort: number): Target[] => [
  ...peersOf(upstreamPort),
  ...(values.against === undefined ? [] : [ours(path.resolve(values.against), 'before')]),
  ours(path.resolve(values.checkout)),
];

/** The checkout that this one is held against. */
const before = (): string => {
  if (values.against === undefined)
    throw new Error('--turns needs --against DIR, the checkout to measure beside this one');
  return path.resolve(values.against);
};

/** Direct is always measured: what is added is added to it. */
const chosen = (all: readonly Target[]): Target[] => {
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !all.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`no target ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  return all.filter(({ name }) => name === 'direct' || only === undefined || only.includes(name));
};

const tell = (name: string, found: Found): void => {
  const last = found.rounds.at(-1);
  if (found.skipped !== null) say(`${name}: not measured: ${found.skipped}`);
  else if (last) say(`${name}: ${Math.round(last.perSecond)}/s, ${last.cpuUsPerRequest?.toFixed(1) ?? '–'} µs each`);
};

/** All targets in turn, in every second round the other way round. What fails once is not tried again. */
const compare = async (targets: readonly Target[], rounds: number, plan: Plan): Promise<Found[]> => {
  const all = targets.map(({ name, what }) => ({
    name,
    what,
    rounds: [] as Found['rounds'][number][],
    skipped: null as string | null,
  }));
  for (let round = 0; round < rounds; round++) {
    const order = targets.map((_, i) => (round % 2 === 0 ? i : targets.length - 1 - i));
    for (const i of order) {
      const found = all[i]!;
      if (found.skipped !== null) continue;
      say(`round ${round + 1} of ${rounds}: ${found.what} …`);
      try {
        found.rounds.push(await measureTarget(targets[i]!, plan));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        found.skipped = error instanceof NotInstallable ? `not installable here: ${error.message}` : error.message;
      }
      tell(found.name, found);
    }
  }
  return all;
};

const main = async (): Promise<void> => {
  const home = path.resolve('.coalmine', 'bench');
  mkdirSync(path.join(home, 'run'), { recursive: true });
  const trouble = pinningTrouble();
  if (trouble !== null) say(trouble);
  pinSelf();
  const logFile = path.join(home, 'run', 'upstream.log');
  const self = [import.meta.filename, '--role', 'upstream'];
  const seconds = Number(values.seconds ?? (values.quick ? 1 : 4));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  const upstreamPort = (await pickFreePorts(1))[0]!;
  const upstream = startOn(
    LOAD_CORE,
    { command: process.execPath, args: [...self, '--port', String(upstreamPort)] },
    logFile,
  );
  try {
    await untilReady(upstreamPort, requestsOf(PLAIN, false)[0]!, upstream, logFile);
    const idleConnections = values.quick ? 2_000 : 10_000;
    const plan: Plan = { seconds, idleConnections, upstreamPort, upstreamPid: upstream.pid, home, rates: new Map() };
    if (values['all-in']) return await measureAllIn(values.checkout, plan, { isJson: values.json, say });
    if (values.profile) return await measureProfile(values.checkout, plan);
    if (values.turns) return await measureTurns(before(), values.checkout, rounds, plan);
    const all = await compare(chosen(targetsOf(upstreamPort)), rounds, plan);
    console.log(`${tableOf(all)}\n\n${baseOf(all)}`);
    if (values.json) console.log(JSON.stringify(jsonOf(all)));
  } finally {
    await upstream.stop();
  }
};

if (values.role === 'upstream') await startUpstream(Number(values.port));
else if (values.role === 'hello') await startHello(Number(values.port));
else await main();
