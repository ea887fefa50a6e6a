import type { AlertKind } from '../alert-kind.ts';

/** What `POST /v1/alerting/:name/test` sends; no route chooses it. */
export const trial: AlertKind = {
  severity: 'info',
  title: () => 'Test of the receivers',
  about: { when: 'somebody tries the receivers of a document', over: null },
};
