import { VERBS } from '../../cli/verbs/registry.ts';
import { table } from './table.ts';

/** The verbs of `coalmine`, for README.md. */
export const verbTable = (): string =>
  table(
    ['verb', 'what it does', 'for example'],
    VERBS.map(({ name, summary, examples }) => [
      `\`${name}\``,
      summary,
      `\`${(examples[0] ?? '').replaceAll(/\\\n */g, '')}\``,
    ]),
  );
