import { messageOf } from '../../schemas/error-message.ts';
import { controllerAt } from '../controller/access.ts';
import { print, printJson, say } from '../output/print.ts';
import { TOPICS_PROSE, withTopics } from '../topics.ts';
import { readTrace } from '../trace/read-trace.ts';
import { type TracedVersion, tracePage } from '../trace/trace-page.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean };

/** What the log holds is told whether or not a controller is there. */
const versionOf = async (url: string, agent: string, version: string): Promise<TracedVersion> => {
  try {
    return { view: await controllerAt(url).getVersion({ params: { agent, version } }) };
  } catch (error) {
    return { reason: messageOf(error) };
  }
};

const trace = async (exchangeId: string, { url, json }: Options): Promise<void> => {
  const found = await withTopics('trace', (bus) => readTrace(bus, exchangeId, say), url);
  if (found === null)
    throw new Error(
      `no exchange ${exchangeId} is kept; they are for 7 days, and the id is the value of x-coalmine-exchange-id`,
    );
  const { agent, servedVersion } = found.exchange;
  const version = await versionOf(url, agent, servedVersion);
  if (json) printJson({ ...found, version: 'view' in version ? version.view : null });
  else print(...tracePage(found, version));
};

export const traceVerb: Verb = {
  name: 'trace',
  summary: 'says what answered one exchange, and why that did',
  examples: ['npx coalmine trace "$EXCHANGE_ID"', 'npx coalmine trace "$EXCHANGE_ID" --json'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'From an incident to what answered, in one look: request and answer, scores and feedback, the version with its prompt, model settings and code, its shadow twin, and the decision in force.',
      )
      .argument('<exchange id>', 'the value of x-coalmine-exchange-id')
      .addHelpText('after', `\n${TOPICS_PROSE} The version is asked of the controller. Progress goes to stderr.`)
      .action(trace);
  },
};
