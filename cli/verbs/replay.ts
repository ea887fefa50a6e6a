import { Option } from 'commander';
import { request } from 'undici';
import { type Asked, askedOf, isOwnProtocol } from '../../openai/answer.ts';
import { joinUrl } from '../../openai/base-url.ts';
import { outcomeOfBody } from '../../openai/in-band-error.ts';
import { type Exchange, outcomeOfStatus } from '../../schemas/exchange.ts';
import type { Version } from '../../schemas/routing-view.ts';
import { controllerAt } from '../controller/access.ts';
import { messageOf } from '../../schemas/error-message.ts';
import { confirmed } from '../output/confirm.ts';
import { momentText } from '../output/moments.ts';
import { shortened } from '../output/plain.ts';
import { print, printJson, say } from '../output/print.ts';
import { factLines } from '../output/table.ts';
import { findExchange } from '../records/find-exchange.ts';
import { replayRequest } from '../records/replay-request.ts';
import { saidIn } from '../shadow-report/excerpt.ts';
import { withTopics } from '../topics.ts';
import { duration } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = {
  url: string;
  json: boolean;
  on: string;
  since?: number;
  timeout: number;
  keyEnv?: string;
  yes: boolean;
};
type Told = { version: string; status: number; outcome: string; latencyMs: number; said: string };

const TIMEOUT_MS = 60_000;
const WORDS = 4_000;

const keyOf = ({ keyEnv }: Options): Record<string, string> => {
  if (keyEnv === undefined) return {};
  const key = process.env[keyEnv];
  if (!key) throw new Error(`${keyEnv} is not set; it is to hold the key that the upstream wants`);
  return { authorization: `Bearer ${key}` };
};

/** The same request, marked as a shadow's, so that an agent can leave side effects out. */
const ask = async (exchange: Exchange, version: Version, asked: Asked, options: Options): Promise<Told> => {
  const again = replayRequest(exchange, version);
  if ('reason' in again) throw new Error(`${exchange.exchangeId} can't be asked again: ${again.reason}`);
  const startedMs = performance.now();
  const { label, upstream } = version;
  const answer = await request(joinUrl(upstream, again.path), {
    method: 'POST',
    headers: { 'content-type': again.contentType, 'x-coalmine-shadow': '1', ...keyOf(options) },
    body: again.body,
    signal: AbortSignal.timeout(options.timeout),
  }).catch((cause: unknown) => {
    throw new Error(`${label} does not answer at ${upstream}: ${messageOf(cause)}`, { cause });
  });
  const text = await answer.body.text();
  const body = { state: 'full' as const, contentType: String(answer.headers['content-type'] ?? ''), text };
  const sizeBytes = Buffer.byteLength(text);
  return {
    version: label,
    status: answer.statusCode,
    outcome: outcomeOfBody(outcomeOfStatus(answer.statusCode), body, asked),
    latencyMs: Math.round(performance.now() - startedMs),
    said: saidIn({ ...body, sizeBytes, sha256: '' }, asked),
  };
};

const toldLines = ({ version, status, outcome, latencyMs, said }: Told): string[] => [
  '',
  `${version}: ${status} ${outcome}, ${latencyMs} ms`,
  `  ${shortened(said, WORDS)}`,
];

const versionOf = async ({ agent }: Exchange, { url, on }: Options): Promise<Version> => {
  const { versions } = await controllerAt(url).getAgent({ params: { agent } });
  const found = versions.find(({ label }) => label === on);
  if (found !== undefined) return found;
  throw new Error(`${agent} has no version ${on}; there are ${versions.map(({ label }) => label).join(', ')}`);
};

const replayed = async (exchangeId: string, options: Options): Promise<void> => {
  const { url, since, yes, json } = options;
  const sinceMs = since === undefined ? 0 : Date.now() - since;
  const exchange = await withTopics('replay', (bus) => findExchange(bus, exchangeId, sinceMs), url);
  if (exchange === null)
    throw new Error(`there is no exchange ${exchangeId} in coalmine.exchanges; they are kept for 7 days`);
  const version = await versionOf(exchange, options);
  if (isOwnProtocol(exchange.path))
    await confirmed(`${exchange.path} is a call of the agent's own protocol, which may have effects`, yes);
  const { requestBody, responseBody, servedVersion, status, outcome } = exchange;
  if (requestBody.state === 'redacted')
    say('Personal data was taken out of the request: it is another one than the live one.');
  const asked = askedOf(exchange);
  const latencyMs = Math.round(exchange.latencyMs);
  const live: Told = { version: servedVersion, status, outcome, latencyMs, said: saidIn(responseBody, asked) };
  const replay = await ask(exchange, version, asked, options);
  if (json) return printJson({ exchangeId, agent: exchange.agent, live, replay });
  const when = momentText(exchange.startedAtMs);
  print(
    ...factLines([
      ['exchange', exchangeId],
      ['agent', exchange.agent],
      ['asked', `${exchange.path}, ${when}`],
    ]),
    ...toldLines({ ...live, version: `live, ${live.version}` }),
    ...toldLines(replay),
  );
};

export const replay: Verb = {
  name: 'replay',
  summary: 'asks a version what a recorded exchange asked',
  examples: [
    'npx coalmine replay <exchange id> --on v3',
    'npx coalmine replay <exchange id> --on v3 --key-env OPENAI_API_KEY --json',
  ],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Sends the request of a recorded exchange to a version’s upstream, marked x-coalmine-shadow: 1, and shows both answers. It is a real call: it costs what it costs, and is recorded nowhere.',
      )
      .argument('<exchange>', 'its id: x-coalmine-exchange-id of the answer')
      .requiredOption('--on <version>', 'the label of the version to ask')
      .option('--since <duration>', 'look no further back: 2h', duration)
      .addOption(
        new Option('--timeout <duration>', 'wait so long for the answer').argParser(duration).default(TIMEOUT_MS, '1m'),
      )
      .option('--key-env <name>', 'the variable with the key that the upstream wants, sent as a bearer')
      .option('--yes', 'ask nothing', false)
      .action(replayed);
  },
};
