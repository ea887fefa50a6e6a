import { SCORERS } from '../../judge/scorers/registry.ts';

const MAX_LINE_CHARACTERS = 120;

/** As the formatter writes it: in one line if there is room, else a member a line. */
const rowOf = (scorer: (typeof SCORERS)[number]): string => {
  const { name, family, better, source, unit } = scorer;
  const compared = scorer.family === 'measure' ? { comparedBy: scorer.comparedBy } : {};
  const paired = 'pairMargin' in scorer ? { pairMargin: scorer.pairMargin } : {};
  const members = Object.entries({ family, better, source, unit, ...compared, ...paired }).map(([key, value]) =>
    typeof value === 'number' ? `${key}: ${value}` : `${key}: '${value}'`,
  );
  const line = `  ${name}: { ${members.join(', ')} },`;
  if (line.length <= MAX_LINE_CHARACTERS) return line;
  return [`  ${name}: {`, ...members.map((member) => `    ${member},`), '  },'].join('\n');
};

/** `schemas/scored-metrics.ts`, for services that may not import the judge. */
export const scoredMetricsSource = (): string =>
  [
    "import type { MetricRow } from './metric.ts';",
    '',
    '/** What the judge scores. Written by `npm run generate` from `judge/scorers/registry.ts`; change it there. */',
    'export const SCORED_METRICS: Readonly<Record<string, MetricRow>> = {',
    ...SCORERS.map(rowOf),
    '};',
    '',
  ].join('\n');
