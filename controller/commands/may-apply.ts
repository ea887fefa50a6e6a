import { ROLE_TO_APPLY, ROLE_TO_RESTART } from '../../schemas/controller-api.ts';
import type { ControllerRole } from '../../schemas/controller-role.ts';
import type { Document } from '../../schemas/documents.ts';
import { type Person, seesAll } from './person.ts';
import { forbidden, invalid, noAgent, type Refusal } from './refusal.ts';

/** Whom a document is about; '' where that is no agent. */
export const agentOf = (document: Document): string => {
  if (document.kind === 'Alerting') return '';
  return document.kind === 'Agent' ? document.metadata.name : document.spec.agent;
};

const roleFor = ({ kind }: Document, isRestart: boolean): ControllerRole =>
  kind === 'Rollout' && isRestart ? ROLE_TO_RESTART : ROLE_TO_APPLY[kind];

/**
 * The controller calls the address of a webhook, so a document must not choose it freely: others than admins take an origin that
 * the operator allows. All else that a Rollout has asked is by name: versions of its agent, endpoints of checks.
 */
const webhookFault = (document: Document, origins: readonly string[]): string | null => {
  const webhook = document.kind === 'Rollout' ? document.spec.notify?.webhook : undefined;
  if (webhook === undefined || origins.includes(new URL(webhook).origin)) return null;
  const allowed = origins.length === 0 ? 'it allows none' : `it allows ${origins.join(', ')}`;
  return `may lead there only if an admin applies it, or the controller's operator allows it with CONTROLLER_WEBHOOK_ORIGINS: ${allowed}`;
};

/** Why somebody may not apply one of these documents; null if they may apply all. `isRestart`: rollouts begin anew. */
export const whyForbidden = (
  documents: readonly Document[],
  person: Person,
  isRestart: boolean,
  webhookOrigins: readonly string[],
): Refusal | null => {
  const unseen = documents.map(agentOf).find((agent) => agent !== '' && !person.sees(agent));
  if (unseen !== undefined) return noAgent(unseen);
  const beyond = documents.find((document) => !person.may(roleFor(document, isRestart)));
  if (beyond !== undefined) {
    const { kind, metadata } = beyond;
    const how = isRestart && kind === 'Rollout' ? 'restart' : 'apply';
    return forbidden(`to ${how} the ${kind} ${metadata.name} a key needs the role ${roleFor(beyond, isRestart)}`);
  }
  const alerting = documents.find(({ kind }) => kind === 'Alerting');
  if (alerting !== undefined && !seesAll(person))
    return forbidden(`to apply the Alerting ${alerting.metadata.name} a key must be for all agents`);
  const issues = documents.flatMap((document, i) => {
    const reason = person.may('admin') ? null : webhookFault(document, webhookOrigins);
    const at = documents.length === 1 ? '' : `document ${i + 1}.`;
    return reason === null ? [] : [{ path: `${at}spec.notify.webhook`, reason }];
  });
  return issues.length === 0 ? null : invalid(issues);
};
