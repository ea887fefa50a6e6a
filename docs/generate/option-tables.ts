import { OPTIONS as analyzer } from '../../analyzer/config.ts';
import { OPTIONS as controller } from '../../controller/config.ts';
import { OPTIONS as ingress } from '../../ingress/config.ts';
import { OPTIONS as judge } from '../../judge/config.ts';
import { OPTIONS as mirror } from '../../mirror/config.ts';
import { optionRows, type Options } from '../../platform/process/options.ts';
import { kafkaOptions, partsOptions, redisOptions, registryOptions } from '../../platform/process/service-options.ts';
import { table } from './table.ts';

const optionTable = (options: Options): string =>
  table(
    ['variable', 'default', 'what it is'],
    optionRows(options).map(([name, fallback, prose]) => [`\`${name}\``, fallback, prose]),
  );

const { brokers: _brokers, ...kafka } = kafkaOptions;
const { registryUrl: _registryUrl, ...registry } = registryOptions;
const { redisUrl: _redisUrl, ...redis } = redisOptions;
const SECURITY = new Set(Object.values({ ...kafka, ...registry, ...redis }).map(({ name }) => name));

/** Without those that secure Kafka, the registry and Redis: they are the same for all, and stand on one page. */
const ownTable = (options: Options): string =>
  optionTable(Object.fromEntries(Object.entries(options).filter(([, { name }]) => !SECURITY.has(name))));

/** The options of each service, by the page that lists them. */
export const OPTION_TABLES: Readonly<Record<string, () => string>> = {
  'analyzer/README.md': () => ownTable(analyzer),
  'controller/README.md': () => ownTable(controller),
  'ingress/README.md': () => ownTable(ingress),
  'judge/README.md': () => ownTable(judge),
  'mirror/README.md': () => ownTable(mirror),
  'docs/operating.md': () => optionTable(partsOptions),
};
