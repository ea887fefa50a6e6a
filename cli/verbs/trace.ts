import { messageOf } from '../../schemas/error-message.ts';
import { controllerAt } from '../controller/access.ts';
import { type ControllerClient, RefusedError } from '../controller/client.ts';
import { print, printJson } from '../output/print.ts';
import { type Trace, type TracedVersion, tracePage } from '../trace/trace-page.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean };

const exchangeOf = async (controller: ControllerClient, id: string): Promise<Trace> => {
  try {
    return await controller.getExchange({ params: { id } });
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    throw new Error(
      `the controller has no exchange ${id}; they are there for 7 days, a moment after their answer, and the id is the value of x-coalmine-exchange-id`,
      { cause: error },
    );
  }
};

/** What answered is told whether or not its version is known. */
const versionOf = async (controller: ControllerClient, agent: string, version: string): Promise<TracedVersion> => {
  try {
    return { view: await controller.getVersion({ params: { agent, version } }) };
  } catch (error) {
    return { reason: messageOf(error) };
  }
};

const trace = async (exchangeId: string, { url, json }: Options): Promise<void> => {
  const controller = controllerAt(url);
  const found = await exchangeOf(controller, exchangeId);
  const { agent, servedVersion } = found.exchange;
  const version = await versionOf(controller, agent, servedVersion);
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
        'From an incident to what answered, in one look: request and answer, scores and feedback, the version with its prompt, model settings and code, its shadow twin, and the decision in force, if it is among the last 500 of the agent.',
      )
      .argument('<exchange id>', 'the value of x-coalmine-exchange-id')
      .action(trace);
  },
};
