import type { VersionSummary, VersionView } from '../../schemas/registry-views.ts';
import { printable } from '../shadow-report/excerpt.ts';

const SHORT_ID = 12;

const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const stateOf = ({ isStable, rollout, upstream }: VersionSummary): string => {
  if (isStable) return 'in service';
  if (rollout !== null) return `in ${rollout}`;
  return upstream === null ? 'registered' : '';
};

const gateOf = ({ gate }: VersionSummary): string => (gate === null ? '' : gate.verdict);

const reportedOf = ({ reported }: VersionSummary): string => {
  if (reported === null || reported.matches) return '';
  return reported.identity === null ? 'says not which it is' : `says it is ${printable(reported.identity)}`;
};

const aligned = (rows: readonly string[][]): string[] => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** A line for each version. */
export const versionLines = (versions: readonly VersionSummary[]): string[] => {
  const head = ['agent', 'version', 'id', 'state', 'gate', 'parent', 'code', 'made', 'by'];
  const rows = versions.map((version) => [
    version.agent,
    version.label,
    version.id.slice(0, SHORT_ID),
    stateOf(version),
    gateOf(version),
    version.parent ?? '',
    printable(version.code ?? '').slice(0, 40),
    version.createdAtMs === null ? '' : time(version.createdAtMs),
    [printable(version.createdBy ?? ''), reportedOf(version)].filter((text) => text !== '').join('; '),
  ]);
  return aligned([head, ...rows]);
};

/** What became of a version, each at its time, in words. */
export const lineageLines = ({ moves, gates, rollouts, incidents }: VersionView): string[] => {
  const told = [
    ...moves.map(({ atMs, by, from, to }) => ({
      atMs,
      text: from === null ? `answers at ${to}, by ${by}` : `moved from ${from} to ${to}, by ${by}`,
    })),
    ...gates.map(({ atMs, by, name, verdict, cases, summary }) => ({
      atMs,
      text: `gate ${name}: ${verdict} over ${cases} cases${summary === '' ? '' : `, ${summary}`}, by ${by}`,
    })),
    ...rollouts.map(({ startedAtMs: atMs, rollout, as, state, sentence }) => ({
      atMs,
      text: `${as} in ${rollout}: ${sentence === '' ? state : `${state}. ${sentence}`}`,
    })),
    ...incidents.map(({ atMs, type, sentence }) => ({ atMs, text: `${type}: ${sentence}` })),
  ];
  return told.toSorted((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${time(atMs)}  ${printable(text)}`);
};

const fields = (pairs: readonly (readonly [string, string])[]): string[] =>
  aligned(pairs.filter(([, value]) => value !== '').map(([name, value]) => [`  ${name}`, printable(value)]));

/** What a version is made of. */
export const contentLines = ({ content }: Pick<VersionView, 'content'>): string[] => {
  if (content === null)
    return ['  Its content is not known: it was applied before there was a registry. Apply its document again.'];
  const { code, model, dependencies, prompt } = content;
  const json = (value: object): string => (Object.keys(value).length === 0 ? '' : JSON.stringify(value));
  const lines = prompt.replace(/\n$/, '').split('\n');
  return [
    ...fields([
      ['code', code === '' ? 'not told' : code],
      ['model', json(model)],
      ['dependencies', json(dependencies)],
    ]),
    ...(prompt === '' ? ['  no prompt is told'] : ['  prompt', ...lines.map((line) => `    ${printable(line)}`)]),
  ];
};

/** Everything of one version. */
export const versionPage = (version: VersionView): string[] => {
  const { agent, label, id, parent, createdBy, createdAtMs, upstream, children, sameContent } = version;
  const state = stateOf(version);
  const lineage = lineageLines(version);
  return [
    `${agent} ${label}${state === '' ? '' : ` (${state})`}`,
    ...fields([
      ['id', id],
      ['made', createdAtMs === null ? '' : `${time(createdAtMs)} by ${createdBy}`],
      ['parent', parent ?? ''],
      ['children', children.join(', ')],
      ['same as', sameContent.join(', ')],
      ['upstream', upstream ?? 'none: no Agent document names it yet'],
      ['upstream says', version.reported === null ? '' : (version.reported.identity ?? version.reported.reason)],
    ]),
    ...(reportedOf(version) === '' ? [] : ['  which is not what is registered']),
    ...contentLines(version),
    ...(lineage.length === 0 ? [] : ['  lineage', ...lineage.map((line) => `    ${line}`)]),
  ];
};
