import { SITUATIONS } from '../../schemas/sentence/situations.fixture.ts';
import { table } from './table.ts';

/** Every situation with its sentence, for docs/sentences.md. A test holds the sentences against the function that makes them. */
export const sentenceTables = (): string =>
  Object.entries(SITUATIONS)
    .flatMap(([heading, situations]) => [
      `### ${heading}`,
      '',
      table(
        ['situation', 'sentence'],
        situations.map(({ situation, says }) => [situation, says]),
      ),
      '',
    ])
    .join('\n')
    .trimEnd();
