import { type Figures, figuresOf } from './figures.ts';
import type { Goal } from './goals.ts';
import {
  AT_TOLERANCE,
  type Cell,
  findCell,
  type Found,
  GOOD,
  RATES,
  SHARED_SAME,
  SHARED_WORSE,
  soughtCell,
} from './jobs.ts';
import { JUDGE_SHARES } from './judge-share.ts';
import { klBound } from './kl-bound.ts';
import type { RecordedResult } from './recorded.ts';
import { isSame, type ScenarioName, SCENARIO_NAMES, SCENARIOS } from './scenarios.ts';
import { METHODS, PROMOTIONS } from './simulate.ts';

/** What a run found, as Markdown. Pure, and the same for the same figures. */
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (value: number | null, digits = 1): string =>
  value === null ? '–' : Number(value.toFixed(digits)).toString();
const percent = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;

const DIFFERENT = SCENARIO_NAMES.filter((name) => !isSame(SCENARIOS[name]));
const SAME = SCENARIO_NAMES.filter((name) => isSame(SCENARIOS[name]));

/** `minutes/requests`, and the share found where it is not all. */
const delay = (figures: Figures): string => {
  if (figures.medianMinutes === null) return 'never';
  const found = figures.rollbackRate < 0.995 ? ` (${percent(figures.rollbackRate, 0)})` : '';
  return `${number(figures.medianMinutes)}/${number(figures.medianCandidateRequests, 0)}${found}`;
};

const boundOf = (scenario: ScenarioName, rate = 600): string => {
  const bound = klBound(SCENARIOS[scenario], rate);
  return bound === null ? '' : `${bound.minutes.toFixed(1)}/${Math.round(bound.candidateRequests)}`;
};

/** What was not played is a dash. */
const toldOf = (found: Found | undefined, told: (figures: Figures) => string): string =>
  found === undefined ? '–' : told(figuresOf(found));

const mainTable = (all: readonly Found[]): string => {
  const line = (name: string, changes: Partial<Cell>): string[] => {
    const of = (scenario: ScenarioName, told: (figures: Figures) => string): string =>
      toldOf(soughtCell(all, scenario, changes), told);
    return [
      name,
      ...SAME.map((s) => of(s, ({ rollbackRate }) => rollbackRate.toFixed(4))),
      ...DIFFERENT.map((s) => of(s, delay)),
    ];
  };
  return table(
    ['method', ...SAME, ...DIFFERENT],
    [
      ...METHODS.map((method) => line(method, { method })),
      line('ours, one metric', { metrics: 1 }),
      ['bound (one metric)', ...SAME.map(() => ''), ...DIFFERENT.map((scenario) => boundOf(scenario))],
    ],
  );
};

const ratioTable = (all: readonly Found[]): string =>
  table(
    ['', ...DIFFERENT],
    [
      ...([1, 4] as const).map((metrics) => [
        `information used by ours, of the bound, ${metrics === 1 ? 'one metric' : 'four metrics'}`,
        ...DIFFERENT.map((s) => number(figuresOf(findCell(all, s, { metrics })).klRatio, 2)),
      ]),
      ...METHODS.map((method) => [
        `bad answers beyond stable’s, mean of a rollout: ${method}`,
        ...DIFFERENT.map((s) => number(figuresOf(findCell(all, s, { method })).meanHarm, 1)),
      ]),
    ],
  );

const ratesTable = (all: readonly Found[]): string =>
  table(
    ['err-1-3', ...RATES.map((rate) => `${rate}/min`)],
    [
      ...METHODS.map((method) => [
        method,
        ...RATES.map((rate) => toldOf(soughtCell(all, 'err-1-3', { method, rate }), delay)),
      ]),
      ['ours, one metric', ...RATES.map((rate) => delay(figuresOf(findCell(all, 'err-1-3', { metrics: 1, rate }))))],
      ['bound (one metric)', ...RATES.map((rate) => boundOf('err-1-3', rate))],
    ],
  );

const promotionTable = (all: readonly Found[]): string =>
  table(
    [
      'promotion',
      'requests/min',
      ...[...GOOD, ...AT_TOLERANCE].map((s) => (AT_TOLERANCE.some((t) => t === s) ? `${s}, at tolerance` : s)),
    ],
    PROMOTIONS.flatMap((promotion) =>
      RATES.filter((rate) => promotion !== 'timer' || rate === 600).map((rate) => [
        promotion,
        String(rate),
        ...[...GOOD, ...AT_TOLERANCE].map((scenario) => {
          return toldOf(soughtCell(all, scenario, { promotion, rate }), ({ promotionRate, medianPromotionMinutes }) => {
            const after = medianPromotionMinutes === null ? '' : `, ${number(medianPromotionMinutes)} min`;
            return `${percent(promotionRate)}${after}`;
          });
        }),
      ]),
    ),
  );

const seedsTable = (all: readonly Found[], seeds: readonly number[]): string =>
  table(
    ['scenario', 'method', 'requests/min', 'metrics', 'promotion', ...seeds.map((seed) => `seed ${seed}`)],
    all.map(({ cell, bySeed }) => [
      cell.scenario,
      cell.method,
      String(cell.rate),
      String(cell.metrics),
      cell.promotion,
      ...bySeed.map(({ rollbackRate, rollbackInterval: [low, high], medianMinutes, promotionRate }) => {
        const back = `${rollbackRate.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
        const after = medianMinutes === null ? '' : ` after ${number(medianMinutes)} min`;
        return `${back}${after}; promoted ${promotionRate.toFixed(4)}`;
      }),
    ]),
  );

const recordedTable = (results: readonly RecordedResult[]): string =>
  table(
    ['candidate', 'method', 'rolled back', 'after min/candidate requests', 'promoted', 'after min/candidate requests'],
    results.map((r) => [
      r.candidate,
      r.method,
      percent(r.rolledBack),
      r.medianMinutes === null ? '–' : `${number(r.medianMinutes)}/${number(r.medianCandidateRequests, 0)}`,
      percent(r.promoted),
      r.medianPromotionMinutes === null
        ? '–'
        : `${number(r.medianPromotionMinutes)}/${number(r.medianPromotionRequests, 0)}`,
    ]),
  );

export type RecordedReport = { results: readonly RecordedResult[]; versions: readonly RecordedVersion[] };
export type RecordedVersion = { model: string; right: number; p99Seconds: number; tokens: number };

const versionsTable = (versions: readonly RecordedVersion[]): string =>
  table(
    ['version', 'right', 'p99 latency, s', 'tokens a request'],
    versions.map((v) => [v.model, percent(v.right), number(v.p99Seconds, 2), number(v.tokens, 0)]),
  );

export type Run = { seeds: readonly number[]; rollouts: number; found: readonly Found[]; goals: readonly Goal[] };

const recordedOption = (recorded: RecordedReport | null): string =>
  recorded === null ? '' : ` --recorded ${recorded.results[0]?.rollouts ?? 0}`;

/** The generated part of docs/decision-quality.md. `recorded` is null where its data are absent. */
export const reportOf = ({ seeds, rollouts, found, goals }: Run, recorded: RecordedReport | null): string => {
  const missed = goals.filter(({ holds }) => !holds).length;
  const blocks = [
    '## Made-up traffic',
    `Seeds ${seeds.join(', ')} with ${rollouts} rollouts each, at 600 requests a minute with four metrics unless said; of \`prove\` and \`budget\` a fifth of the rollouts. Repeat it all with \`npm run bench -- decisions --rollouts ${rollouts} --seeds ${seeds.join(',')}${recordedOption(recorded)}\`, one cell with \`npm run simulate-decisions -- --scenario err-1-3 --method ours --rate 600 --rollouts ${rollouts} --seed 1 --json\`.`,
    'Where both versions are the same: the share of rollouts rolled back, all false alarms. Where the candidate is worse: median minutes / candidate requests until the rollback, and the share found where it is not all. A rule that fires on noise is quick for no reason: read a row as a whole. What is rolled back before the change of `late` is not found.',
    mainTable(found),
    '### Information and harm',
    'Of `late` the bound knows when the change comes, which no rule does.',
    ratioTable(found),
    '### More and less traffic',
    ratesTable(found),
    '### Promotion',
    'Share promoted, and the median minutes until then. At tolerance: the candidate is just as bad as `rMax` or `ratioMax` allows, so that promoting it is an error.',
    promotionTable(found),
    `### Goals: ${goals.length - missed} of ${goals.length} hold`,
    table(
      ['what', 'goal', 'found', ''],
      goals.map(({ what, goal, found: figure, holds }) => [what, goal, figure, holds ? 'holds' : '**missed**']),
    ),
    '## Recorded traffic',
    ...(recorded === null
      ? ['Not played: `../shared/data/bfcl-result` was absent.']
      : [
          `Stable is gpt-4o-2024-05-13; ${recorded.results[0]?.rollouts ?? 0} rollouts each at 600 requests a minute. Repeat with \`node bench/decisions/recorded.ts --rollouts ${recorded.results[0]?.rollouts ?? 0}\`.`,
          versionsTable(recorded.versions),
          recordedTable(recorded.results),
        ]),
    '## Every seed',
    'Share rolled back with its 95 % interval (Wilson), the median minutes until then, and the share promoted.',
    seedsTable(found, seeds),
  ];
  return blocks.join('\n\n');
};

const sharesTable = (all: readonly Found[]): string =>
  table(
    [
      'the judge scores',
      ...SHARED_SAME.map((s) => `${s}: false rollbacks`),
      ...SHARED_WORSE,
      'success-95-90, at tolerance: promoted by proof',
    ],
    JUDGE_SHARES.map((share) => {
      const of = (scenario: ScenarioName, changes: Partial<Cell> = {}): Figures =>
        figuresOf(findCell(all, scenario, { share, metrics: 2, ...changes }));
      return [
        share,
        ...SHARED_SAME.map((s) => withError(of(s), ({ rollbackRate }) => rollbackRate)),
        ...SHARED_WORSE.map((s) => delay(of(s))),
        withError(of('success-95-90', { promotion: 'prove' }), ({ promotionRate }) => promotionRate),
      ];
    }),
  );

/** A share with its standard error. */
const withError = (figures: Figures, read: (figures: Figures) => number): string => {
  const p = read(figures);
  return `${p.toFixed(4)} ± ${Math.sqrt((p * (1 - p)) / figures.rollouts).toFixed(4)}`;
};

/** The other generated part: a judge that scores a share of the answers. */
export const sharesReportOf = ({ seeds, rollouts, found }: Omit<Run, 'goals'>): string =>
  [
    `Seeds ${seeds.join(', ')} with ${rollouts} rollouts each, of \`prove\` a fifth, at 600 requests a minute; watched are task success and quality, the two that the judge scores. Repeat it with \`npm run bench -- decisions --shares --rollouts ${rollouts} --seeds ${seeds.join(',')}\`.`,
    'Both versions the same: the share of rollouts rolled back, with its standard error. Worse: median minutes / candidate requests until the rollback, and the share found where it is not all.',
    sharesTable(found),
  ].join('\n\n');

const MARKS = {
  all: '<!-- generated by npm run bench -- decisions -->',
  shares: '<!-- generated by npm run bench -- decisions --shares -->',
  promotions: '<!-- generated by npm run bench -- decisions --promotions -->',
  attack: '<!-- generated by npm run bench -- decisions --attack -->',
  service: '<!-- generated by npm run bench -- decisions --service -->',
} as const;
const END = '<!-- end of what is generated -->';

/** The document with one of its generated parts replaced. Throws where the markers are gone. */
export const withGenerated = (document: string, generated: string, part: keyof typeof MARKS = 'all'): string => {
  const begin = document.indexOf(MARKS[part]);
  const end = document.indexOf(END, Math.max(0, begin));
  if (begin < 0 || end < begin)
    throw new Error(`the document must hold the lines ${MARKS[part]} and ${END}, in this order`);
  return `${document.slice(0, begin)}${MARKS[part]}\n\n${generated}\n\n${document.slice(end)}`;
};
