import { ROUTED_KINDS } from '../../controller/alerts/kinds/table.ts';
import { table } from './table.ts';

/** What alerts are about, for docs/alerts.md. */
export const alertTable = (): string =>
  table(
    ['event', 'severity', 'when', 'over when'],
    ROUTED_KINDS.map(({ event, severity, about }) => [
      `\`${event}\``,
      severity,
      about.when,
      about.over ?? 'it only happens: told once',
    ]),
  );
