import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { GatePlan } from '../../schemas/gate-plan.ts';
import type { GateBaseline } from '../../schemas/gate-target.ts';
import { lineOf } from '../documents/line-of.ts';

/** A plan or a command line that can't be carried out. The sentence is for whoever wrote it. */
export class PlanError extends Error {}

const MAX_ALIASES = 100;

type Located = { path: readonly PropertyKey[]; message: string };

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PlanError(`the plan ${file} can't be read: ${code === 'ENOENT' ? 'there is no such file' : code}`, {
      cause: error,
    });
  }
};

/** Where a plan's paths begin: at its own folder, so that it works from wherever it is run. */
const pathsFrom =
  (folder: string) =>
  (one: string): string =>
    path.resolve(folder, one);

export const withPathsFrom = (target: GateBaseline, at: (one: string) => string): GateBaseline => {
  if (target.kind === 'command') return { ...target, cwd: at(target.cwd ?? '.') };
  if (target.kind === 'replay') return { ...target, folder: at(target.folder) };
  return target.kind === 'file' ? { ...target, file: at(target.file) } : target;
};

/** A plan whose paths are absolute. Throws a PlanError that names the file and the line of each fault. */
export const readPlan = (file: string): GatePlan => {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter, prettyErrors: false });
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const refuse = (faults: readonly string[]): never => {
    throw new PlanError(faults.join('\n'));
  };
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) refuse([`${file} line ${lineAt(broken.pos[0])}: ${broken.message}`]);
  const told = ({ path: at, message }: Located): string =>
    `${file} line ${lineOf(document, at, lineCounter) ?? 1}: ${at.length === 0 ? '' : `${at.join('.')}: `}${message}`;
  const read = GatePlan.safeParse(document.toJS({ maxAliasCount: MAX_ALIASES }));
  if (!read.success) return refuse(read.error.issues.map(told));
  const at = pathsFrom(path.dirname(path.resolve(file)));
  const { spec } = read.data;
  const { candidate, baseline, judges } = spec;
  return {
    ...read.data,
    spec: {
      ...spec,
      dataset: { ...spec.dataset, path: at(spec.dataset.path) },
      candidate: candidate && (withPathsFrom(candidate, at) as typeof candidate),
      baseline: baseline && withPathsFrom(baseline, at),
      judges: judges && { ...judges, rubrics: judges.rubrics.map(at) },
    },
  };
};
