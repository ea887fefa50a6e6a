import { OPTIONS as analyzer } from '../../analyzer/config.ts';
import { OPTIONS as controller } from '../../controller/config.ts';
import { OPTIONS as ingress } from '../../ingress/config.ts';
import { OPTIONS as judge } from '../../judge/config.ts';
import { OPTIONS as mirror } from '../../mirror/config.ts';
import { optionRows, type Options } from '../../platform/process/options.ts';
import { partsOptions } from '../../platform/process/service-options.ts';
import { table } from './table.ts';

const optionTable = (options: Options): string =>
  table(
    ['variable', 'default', 'what it is'],
    optionRows(options).map(([name, fallback, prose]) => [`\`${name}\``, fallback, prose]),
  );

/** The options of each service, by the page that lists them. */
export const OPTION_TABLES: Readonly<Record<string, () => string>> = {
  'analyzer/README.md': () => optionTable(analyzer),
  'controller/README.md': () => optionTable(controller),
  'ingress/README.md': () => optionTable(ingress),
  'judge/README.md': () => optionTable(judge),
  'mirror/README.md': () => optionTable(mirror),
  'docs/operating.md': () => optionTable(partsOptions),
};
