import type { VersionSummary, VersionView } from '../../schemas/registry-views.ts';
import type { VersionContent } from '../../schemas/version-content.ts';
import { momentText } from '../output/moments.ts';
import { factLines, tableLines } from '../output/table.ts';
import { printable } from '../shadow-report/excerpt.ts';

const SHORT_ID = 12;
const MAX_CODE = 40;
const LONG_HASH = /([0-9a-f]{12})[0-9a-f]{20,}/g;

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

const saidOf = ({ reported }: VersionSummary): string => {
  if (reported === null) return '';
  return `${reported.identity ?? reported.reason}${reported.matches ? '' : ' (not what is registered)'}`;
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
    printable(version.code ?? '')
      .replaceAll(LONG_HASH, '$1…')
      .slice(0, MAX_CODE),
    version.createdAtMs === null ? '' : momentText(version.createdAtMs),
    [printable(version.createdBy ?? ''), reportedOf(version)].filter((text) => text !== '').join('; '),
  ]);
  return tableLines(head, rows, { dropEmpty: true });
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
  return told.toSorted((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${momentText(atMs)}  ${printable(text)}`);
};

const fields = (pairs: readonly (readonly [string, string])[]): string[] =>
  factLines(pairs.map(([name, value]) => [`  ${name}`, value]));

const json = (value: object): string => (Object.keys(value).length === 0 ? '' : JSON.stringify(value));

const contentFields = ({ code, model, dependencies }: VersionContent): [string, string][] => [
  ['code', code === '' ? 'not told' : code],
  ['model', json(model)],
  ['dependencies', json(dependencies)],
];

const promptLines = ({ prompt }: VersionContent): string[] =>
  prompt === ''
    ? ['  no prompt is told']
    : [
        '  prompt',
        ...prompt
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `    ${printable(line)}`.trimEnd()),
      ];

const UNKNOWN = '  Its content is not known: it was applied before there was a registry. Apply its document again.';

/** What a version is made of. */
export const contentLines = ({ content }: Pick<VersionView, 'content'>): string[] =>
  content === null ? [UNKNOWN] : [...fields(contentFields(content)), ...promptLines(content)];

/** Everything of one version. */
export const versionPage = (version: VersionView): string[] => {
  const { agent, label, id, content, parent, createdBy, createdAtMs, upstream, children, sameContent } = version;
  const state = stateOf(version);
  const lineage = lineageLines(version);
  return [
    `${agent} ${label}${state === '' ? '' : ` (${state})`}`,
    ...fields([
      ['id', id],
      ['made', createdAtMs === null ? '' : `${momentText(createdAtMs)} by ${createdBy}`],
      ['parent', parent ?? ''],
      ['children', children.join(', ')],
      ['same as', sameContent.join(', ')],
      ['upstream', upstream ?? 'none: no Agent document names it yet'],
      ['upstream says', saidOf(version)],
      ...(content === null ? [] : contentFields(content)),
    ]),
    ...(content === null ? [UNKNOWN] : promptLines(content)),
    ...(lineage.length === 0 ? [] : ['  lineage', ...lineage.map((line) => `    ${line}`)]),
  ];
};
