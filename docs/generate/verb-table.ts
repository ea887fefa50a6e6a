import { VERB_GROUPS } from '../../cli/verbs/registry.ts';
import { table } from './table.ts';

/** The verbs of `coalmine` by what they are about, for docs/cli.md. */
export const verbTable = (): string =>
  Object.entries(VERB_GROUPS)
    .map(([heading, verbs]) => {
      const rows = verbs.map(({ name, summary, examples }) => [
        `\`${name}\``,
        summary,
        `\`${(examples[0] ?? '').replaceAll(/\\\n */g, '')}\``,
      ]);
      return `\n### ${heading}\n\n${table(['verb', 'what it does', 'for example'], rows)}`;
    })
    .join('\n');
