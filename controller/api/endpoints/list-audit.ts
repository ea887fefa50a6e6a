import { nameOf } from '../../../schemas/actor.ts';
import { noAgent } from '../../commands/refusal.ts';
import { registeredEntries } from '../../registry/audit-trail.ts';
import { type Handler, inPage } from './handler.ts';

export const listAudit: Handler<'listAudit'> = async (controller, { query }, { person }) => {
  const { agent, by, type, since = 0, until = Infinity } = query;
  const sees = (one: string): boolean => person.sees(one) && (agent === undefined || one === agent);
  const isKnown = controller.agents(sees).length > 0 || controller.registry.agents().some(sees);
  if (agent !== undefined && !isKnown) return { refusal: noAgent(agent) };
  const entries = [...controller.audit(sees), ...registeredEntries(controller.registry, sees)]
    .filter((entry) => by === undefined || entry.by === by || nameOf(entry.by) === by)
    .filter((entry) => type === undefined || entry.type === type)
    .filter(({ atMs }) => atMs >= since && atMs < until);
  // Steps of one moment stand in the order of their sequence, by the number and not by its digits.
  const positionOf = ({ atMs, id }: (typeof entries)[number]): (string | number)[] => {
    const [name = '', sequence = '0'] = id.split('#');
    return [atMs, name, Number(sequence)];
  };
  return inPage({ list: 'audit', entries, positionOf, isDescending: true }, query, (audit) => ({ audit }));
};
