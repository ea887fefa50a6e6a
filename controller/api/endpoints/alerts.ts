import { conflict, unavailable, unknown } from '../../commands/refusal.ts';
import { seesAll } from '../../commands/person.ts';
import { alertsPage } from '../alerts-page.ts';
import type { Handler } from './handler.ts';

const NOT_READ = unavailable('the alerts are not read yet; try again in a moment');

export const listAlerts: Handler<'listAlerts'> = async ({ alerts }, { query }, { person }) => {
  if (!alerts.isRead()) return { refusal: NOT_READ };
  const page = alertsPage(alerts.all(), query, person.sees);
  return 'ok' in page ? { ok: { ...page.ok, alerts: page.ok.alerts.map(alerts.view) } } : page;
};

export const acknowledgeAlert: Handler<'acknowledgeAlert'> = async ({ alerts }, { params }, { person, signal }) => {
  if (!alerts.isRead()) return { refusal: NOT_READ };
  const alert = alerts.find(params.key);
  const isSeen = alert !== undefined && (alert.fact.agent === null || person.sees(alert.fact.agent));
  if (!isSeen) return { refusal: unknown(`there is no alert ${params.key}`) };
  if (alert.state !== 'open') return { refusal: conflict(`alert ${params.key} is not open`) };
  return { ok: await alerts.acknowledge(alert, person.by, signal) };
};

export const testAlerting: Handler<'testAlerting'> = async ({ alerts }, { params: { name } }, { person, signal }) => {
  // A document is of no single agent, so a key for some agents has no say in it.
  const tested = seesAll(person) ? await alerts.test(name, person.by, signal) : null;
  return tested === null ? { refusal: unknown(`there is no Alerting document ${name}`) } : { ok: tested };
};
