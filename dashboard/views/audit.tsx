import { useAnswer } from '../api/answer.ts';
import { Filters } from '../parts/filters.tsx';
import { Older } from '../parts/older.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { linkTo } from '../route.ts';
import type { AuditEntry } from '../../schemas/audit.ts';
import type { View, ViewProps } from './view.ts';

const MAX_CHARACTERS = 160;
const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
};

const List = ({ changes }: Pick<AuditEntry, 'changes'>) => (
  <ul class="changes small">
    {changes.map(({ field, before, after }) => (
      <li key={field}>
        <code>{field}</code> {before === null ? '' : `${valueText(before)} → `}
        {after === null ? 'gone' : valueText(after)}
      </li>
    ))}
  </ul>
);

/** More of them are shown to whoever asks. */
const MAX_SHOWN = 6;

const Changes = ({ changes }: Pick<AuditEntry, 'changes'>) =>
  changes.length <= MAX_SHOWN ? (
    <List changes={changes} />
  ) : (
    <details class="figures">
      <summary>{changes.length} fields</summary>
      <List changes={changes} />
    </details>
  );

const Entry = ({ entry }: { entry: AuditEntry }) => (
  <li class="calm">
    <div class="line">
      <strong>{entry.type}</strong>
      <span>{entry.by}</span>
      <span class="muted small">
        <When atMs={entry.atMs} /> · {entry.agent} {entry.rollout === '' ? '' : '· '}
        {entry.rollout !== '' && <a href={linkTo('rollouts', [entry.rollout])}>{entry.rollout}</a>}
      </span>
    </div>
    <p>{entry.sentence}</p>
    <Changes changes={entry.changes} />
  </li>
);

const Audit = ({ query }: ViewProps) => {
  const { agent, by, cursor } = query;
  const answer = useAnswer('/v1/audit', {
    query: {
      limit: 50,
      agent,
      by,
      cursor,
    },
  });
  return (
    <>
      <h1>Audit</h1>
      <Filters
        view="audit"
        query={query}
        fields={[
          { name: 'agent', label: 'Agent' },
          { name: 'by', label: 'By whom' },
        ]}
      />
      <Shown of={answer}>
        {({ audit, next }) =>
          audit.length === 0 ? (
            <Empty title="Nothing like that was done">Each step of a person or of the controller stands here.</Empty>
          ) : (
            <section class="card">
              <ol class="timeline">
                {audit.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
                ))}
              </ol>
              <Older view="audit" query={query} next={next} />
            </section>
          )
        }
      </Shown>
    </>
  );
};

export const audit: View = { name: 'audit', title: 'Audit', Page: Audit };
