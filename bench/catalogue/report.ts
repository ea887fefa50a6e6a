import { ALL } from '../../schemas/whole-slice.ts';
import type { Fate } from './play.ts';

/** Whether a candidate ended as it had to; null where it did, else what is wrong. */
export const wrongIn = ({ candidate, state, metric, sentence }: Fate): string | null => {
  if (candidate.kind === 'harmless') return state === 'promoted' ? null : `${state ?? 'nothing'}: ${sentence}`;
  if (state !== 'rolled_back') return `${state ?? 'nothing'}: ${sentence}`;
  return candidate.metrics.includes(metric ?? '') ? null : `stopped by ${metric}: ${sentence}`;
};

/** The last line of the command under `--json`. */
export const jsonOf = (fates: readonly Fate[]) => ({
  broken: fates
    .filter(({ candidate }) => candidate.kind === 'broken')
    .map(({ candidate, state, stoppedIn, metric, minutes }) => ({
      name: candidate.name,
      stopped: state === 'rolled_back' ? stoppedIn : null,
      metric,
      minutes,
    })),
  harmless: fates
    .filter(({ candidate }) => candidate.kind === 'harmless')
    .map(({ candidate, state, minutes }) => ({ name: candidate.name, promoted: state === 'promoted', minutes })),
});

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const tableOf = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const slice = (of: string | null): string => (of === null || of === ALL ? '' : ` in \`${of}\``);

/** The page's part: who was stopped by what, and who was promoted. */
export const tables = (fates: readonly Fate[]): string => {
  const broken = fates.filter(({ candidate }) => candidate.kind === 'broken');
  const harmless = fates.filter(({ candidate }) => candidate.kind === 'harmless');
  return [
    tableOf(
      ['broken candidate', 'what it does', 'stopped in', 'by', 'minutes', 'requests it served'],
      broken.map((fate) => [
        `\`${fate.candidate.name}\``,
        fate.candidate.what,
        fate.state === 'rolled_back' ? fate.stoppedIn : `**not stopped** (${fate.state})`,
        fate.metric === null ? '' : `\`${fate.metric}\`${slice(fate.slice)}`,
        fate.minutes,
        fate.requests,
      ]),
    ),
    tableOf(
      ['harmless candidate', 'what it does', 'ends', 'minutes', 'requests it served'],
      harmless.map((fate) => [
        `\`${fate.candidate.name}\``,
        fate.candidate.what,
        fate.state === 'promoted' ? 'promoted' : `**${fate.state}** (\`${fate.metric}\`)`,
        fate.minutes,
        fate.requests,
      ]),
    ),
  ].join('\n\n');
};
