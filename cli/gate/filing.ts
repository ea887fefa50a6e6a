import { stringify } from 'yaml';
import { controllerAt, controllerUrl } from '../controller/access.ts';
import { readLocal } from '../controller/local-controller.ts';
import { type GateResult, headlineOf } from './gate-result.ts';
import { shortened } from './report/plain-line.ts';

const MAX_SUMMARY = 2_000;

/** The verdict as the document that a rollout with a `gate` waits for. What could not be decided did not pass. */
export const gateDocument = (result: GateResult, version: string): object => ({
  apiVersion: 'coalmine/v1',
  kind: 'Gate',
  metadata: { name: result.plan },
  spec: {
    agent: result.agent,
    version,
    passed: result.verdict.verdict === 'pass',
    cases: result.dataset.cases,
    summary: shortened(headlineOf(result), MAX_SUMMARY),
  },
});

/** Whether somebody said where a controller is: an option, the environment, or `npm start` on this machine. */
export const knowsController = (url: string | undefined): boolean =>
  url !== undefined || Boolean(process.env['CONTROLLER_URL']) || readLocal() !== null;

/** Tells the controller, and gives back what became of it there. Rejects with a sentence for the user. */
export const fileVerdict = async (result: GateResult, version: string, url = controllerUrl()): Promise<string> => {
  const body = stringify(gateDocument(result, version));
  const { applied } = await controllerAt(url).applyDocuments({ body, query: {} });
  const [filed] = applied;
  return `filed with the controller at ${url}: gate of ${result.agent} ${version} ${filed?.result ?? ''}${filed?.note ? `; ${filed.note}` : ''}`;
};
