import { existsSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { contextFile, type Place, readContexts, writeContexts } from '../controller/context.ts';
import { print, printJson, say } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { name, plainUrl } from './option-values.ts';
import { type Verb, withJson } from './verb.ts';

/** Redis' password has a variable and a file of its own, and none belongs into a file of addresses. */
const redisUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol)) throw new InvalidArgumentError('give redis://host:port');
  if (url.password !== '') throw new InvalidArgumentError('leave the password to REDIS_PASSWORD_FILE');
  return text;
};

const set = (context: string, given: Place): void => {
  const keyFile = given.keyFile === undefined ? undefined : path.resolve(given.keyFile);
  if (keyFile !== undefined && !existsSync(keyFile))
    throw new Error(`there is no file ${keyFile}; give the file that the key stands in`);
  const place = { ...given, ...(keyFile === undefined ? {} : { keyFile }) };
  const { current, contexts } = readContexts();
  writeContexts({ current: current ?? context, contexts: { ...contexts, [context]: place } });
  say(
    `${context} is set${current === null || current === context ? ', and used from now on' : `; coalmine context use ${context}`}.`,
  );
};

const use = (context: string): void => {
  const known = readContexts();
  if (known.contexts[context] === undefined)
    throw new Error(`there is no context ${context}; there are: ${Object.keys(known.contexts).join(', ') || 'none'}`);
  writeContexts({ ...known, current: context });
  say(`${context} is used from now on.`);
};

const remove = (context: string): void => {
  const { current, contexts } = readContexts();
  const { [context]: gone, ...rest } = contexts;
  if (gone === undefined) throw new Error(`there is no context ${context}`);
  writeContexts({ current: current === context ? null : current, contexts: rest });
  say(`${context} is removed.`);
};

const HEAD = ['', 'NAME', 'CONTROLLER', 'KEY FILE', 'KAFKA', 'REGISTRY', 'REDIS'];

const show = ({ json }: { json: boolean }): void => {
  const { current, contexts } = readContexts();
  const used = process.env['COALMINE_CONTEXT'] || current;
  if (json) return printJson({ used, contexts });
  const rows = Object.entries(contexts).map(([context, place]) => [
    context === used ? '*' : '',
    context,
    place.url,
    place.keyFile ?? '',
    place.kafkaBrokers ?? '',
    place.schemaRegistryUrl ?? '',
    place.redisUrl ?? '',
  ]);
  if (rows.length === 0)
    return say(
      `There are no contexts in ${contextFile()}: commands go by the environment, else by the controller of \`npm start\`.`,
    );
  print(...tableLines(HEAD, rows, { dropEmpty: true }));
};

export const context: Verb = {
  name: 'context',
  summary: 'remembers where a controller is, and its key file',
  examples: [
    'npx coalmine context set prod --url https://coalmine.example --key-file ~/.coalmine/prod.key',
    'npx coalmine context use prod',
    'COALMINE_CONTEXT=stage npx coalmine list',
  ],
  define: (command) => {
    command
      .description(
        'Remembers installations by names, so that --url and CONTROLLER_KEY_FILE need not be said again. The environment counts before it. Of a key no more than its file is remembered, and it is given to the server of its context alone.',
      )
      .addHelpText('after', `\nThe contexts stand in ${contextFile()}.`);
    command
      .command('set')
      .description('remember a context, or replace it')
      .argument('<name>', 'how to call it', name)
      .requiredOption('--url <url>', 'of its controller', plainUrl)
      .option('--key-file <file>', 'the key to ask it with stands there')
      .option('--kafka-brokers <list>', 'host:port of its Kafka, comma-separated')
      .option('--schema-registry-url <url>', 'of its schema registry', plainUrl)
      .option('--redis-url <url>', 'of its Redis', redisUrl)
      .action(set);
    command.command('use').description('go by it from now on').argument('<name>').action(use);
    withJson(command.command('show').description('show all contexts, and which is used')).action(show);
    command.command('remove').description('forget it').argument('<name>').action(remove);
  },
};
