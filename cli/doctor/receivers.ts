import type { AlertView } from '../../schemas/alerts-api.ts';
import { controllerAt } from '../controller/access.ts';
import { everyPage } from '../controller/every-page.ts';
import { spanText } from '../output/moments.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('receivers');

type Delivery = AlertView['deliveries'][number];

const alertsText = (count: number): string => (count === 1 ? '1 alert' : `${count} alerts`);

/** Of one receiver, by what it was told and is still to be told. */
const ofReceiver = (receiver: string, deliveries: readonly Delivery[], nowMs: number): Finding[] => {
  const failing = deliveries.filter(({ state }) => state === 'failing');
  const givenUp = deliveries.filter(({ state }) => state === 'given up');
  const nextMs = Math.min(...failing.map(({ nextAttemptMs }) => nextAttemptMs ?? nowMs));
  return [
    ...(failing.length === 0
      ? []
      : [
          fail(
            `${receiver} could not be told of ${alertsText(failing.length)}: ${failing[0]?.error}; next attempt in ${spanText(Math.max(0, nextMs - nowMs))}`,
            'mend its address, its secret or CONTROLLER_WEBHOOK_ORIGINS; its document, applied anew, is tried at once',
          ),
        ]),
    ...(givenUp.length === 0
      ? []
      : [
          warn(
            `${receiver} was never told of ${alertsText(givenUp.length)}, which nobody tries any more: ${givenUp[0]?.error}`,
            'they are over; the page and GET /v1/alerts have them',
          ),
        ]),
  ];
};

/** Whether those who are to be told of alerts can be told, by the alerts as the controller has them. */
export const receiverFindings = (alerts: readonly AlertView[], nowMs: number): Finding[] => {
  const byReceiver = Map.groupBy(
    alerts.flatMap(({ deliveries }) => deliveries),
    ({ receiver }) => receiver,
  );
  const findings = [...byReceiver].flatMap(([receiver, deliveries]) => ofReceiver(receiver, deliveries, nowMs));
  if (findings.length > 0) return findings;
  const told =
    byReceiver.size === 0 ? 'nobody was to be told' : `${[...byReceiver.keys()].sort().join(', ')} could be told`;
  return [ok(`${alertsText(alerts.length)}; ${told}`)];
};

export const receiversCheck: Check = {
  name: 'receivers',
  about: 'whether those who are to be told of alerts can be told',
  run: async (url) => {
    const { listAlerts } = controllerAt(url);
    const alerts = await everyPage(
      (query) => listAlerts({ query }),
      (told) => told.alerts,
    );
    return receiverFindings(alerts, Date.now());
  },
};
