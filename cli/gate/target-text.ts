import path from 'node:path';
import { Name } from '../../schemas/routing-view.ts';
import { Baseline, Candidate } from '../../schemas/gate-target.ts';
import type { GateBaseline, GateTarget } from '../../schemas/gate-target.ts';
import { PlanError } from './plan-file.ts';

const REPLAY = 'replay:';
const FORMS = 'a version, a URL (http://…), or replay:<folder>';

/** The variable with the plan's key, which another one is asked with as well. */
const keyOf = (planned: GateBaseline | undefined): object =>
  planned !== undefined && 'apiKeyFrom' in planned && planned.apiKeyFrom !== null
    ? { apiKeyFrom: planned.apiKeyFrom }
    : {};

/** What the plan says of how its candidate is called holds for another one, too. */
const calledAs = (planned: GateBaseline | undefined): object => ({
  ...(planned !== undefined && 'model' in planned ? { model: planned.model } : {}),
  ...keyOf(planned),
  ...pricesOf(planned),
});

const isFile = (text: string): boolean =>
  /\.(jsonl|ndjson)$/i.test(text) || text.includes('/') || text.includes(path.sep);

const written = (text: string, planned: GateBaseline | undefined): object | null => {
  if (/^https?:\/\//i.test(text)) return { url: text, ...calledAs(planned) };
  if (text.startsWith(REPLAY)) return { replay: path.resolve(text.slice(REPLAY.length)), ...pricesOf(planned) };
  return Name.safeParse(text).success && !isFile(text) ? { version: text, ...keyOf(planned) } : null;
};

const pricesOf = (planned: GateBaseline | undefined): object =>
  (planned !== undefined && 'prices' in planned ? planned.prices : null) ?? {};

const refuse = (option: string, text: string, why: string): never => {
  throw new PlanError(`${option} ${text}: ${why}`);
};

/** `--candidate`: who is asked in place of the plan's own. */
export const candidateText = (text: string, planned: GateTarget | undefined): GateTarget => {
  const read = Candidate.safeParse(written(text, planned) ?? refuse('--candidate', text, `give ${FORMS}`));
  return read.success ? read.data : refuse('--candidate', text, read.error.issues[0]?.message ?? 'is none');
};

/** `--baseline`: with whom it is compared. */
export const baselineText = (text: string, planned: GateTarget | undefined): GateBaseline => {
  if (text === 'same') return { kind: 'same' };
  if (text === 'registry') return { kind: 'registry' };
  const found = written(text, planned) ?? (isFile(text) ? { file: path.resolve(text) } : null);
  const given = found ?? refuse('--baseline', text, `give ${FORMS}, a file with answers, registry, or same`);
  const read = Baseline.safeParse(given);
  return read.success ? read.data : refuse('--baseline', text, read.error.issues[0]?.message ?? 'is none');
};
