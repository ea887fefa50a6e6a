import { VERB_GROUPS } from '../../cli/verbs/registry.ts';
import type { Verb } from '../../cli/verbs/verb.ts';
import { table } from './table.ts';

const groups: [heading: string, verbs: Verb[]][] = [];
for (const [heading, verbs] of Object.entries(VERB_GROUPS))
  groups.push([heading, await Promise.all(Object.values(verbs).map((load) => load()))]);

/** The verbs of `coalmine` by what they are about, for docs/cli.md. */
export const verbTable = (): string =>
  groups
    .map(([heading, verbs]) => {
      const rows = verbs.map(({ name, summary, examples }) => [
        `\`${name}\``,
        summary,
        `\`${(examples[0] ?? '').replaceAll(/\\\n */g, '')}\``,
      ]);
      return `\n### ${heading}\n\n${table(['verb', 'what it does', 'for example'], rows)}`;
    })
    .join('\n');
