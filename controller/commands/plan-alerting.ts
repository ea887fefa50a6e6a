import { messageOf } from '../../schemas/error-message.ts';
import { z } from 'zod';
import { AlertingDocument } from '../../schemas/alerting.ts';
import type { Issue } from '../../schemas/problem.ts';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import { ALERTING_KIND, type Alertings } from '../alerts/alerting.ts';
import { whyNoAddress } from '../alerts/receiver-address.ts';
import { addressOf } from '../alerts/receivers/table.ts';
import { invalid, type Refusal } from './refusal.ts';

/** What the operator allows receivers. */
export type ReceiverAccess = {
  /** Undefined of a name that the operator does not have. May throw where its file can't be read. */
  secretOf: (name: string) => string | undefined;
  origins: readonly string[];
};

export type PlannedAlerting =
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'unchanged'; rollout: null; note: string }
  | { kind: 'entry'; entry: RegistryEntry };

/** What is wrong with the receivers here: a secret that the operator does not have, an address that they do not allow. */
const receiverIssues = ({ spec }: AlertingDocument, { secretOf, origins }: ReceiverAccess): Issue[] =>
  spec.receivers.flatMap((receiver, i) => {
    const at = `spec.receivers.${i}`;
    try {
      const secret = 'secret' in receiver ? secretOf(receiver.secret) : '';
      if (secret === undefined)
        return [
          { path: `${at}.secret`, reason: 'is no name that the operator has given with CONTROLLER_ALERT_SECRETS' },
        ];
      const problem = whyNoAddress(addressOf(receiver, secret), origins);
      return problem === null ? [] : [{ path: 'url' in receiver ? `${at}.url` : `${at}.secret`, reason: problem }];
    } catch (error) {
      return [{ path: `${at}.secret`, reason: messageOf(error) }];
    }
  });

/** What applying an Alerting document leads to: an entry of the registry, for it moves no agent. */
export const planAlerting = (
  document: AlertingDocument,
  alertings: Alertings,
  access: ReceiverAccess,
  { by, timeMs }: { by: string; timeMs: number },
): PlannedAlerting => {
  const issues = receiverIssues(document, access);
  if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
  const { name } = document.metadata;
  const text = JSON.stringify(z.encode(AlertingDocument, document));
  if (alertings.get(name)?.text === text) return { kind: 'unchanged', rollout: null, note: '' };
  return { kind: 'entry', entry: { kind: ALERTING_KIND, name, document: text, by, timeMs } };
};
