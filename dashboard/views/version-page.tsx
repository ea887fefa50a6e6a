import { useAnswer } from '../api/answer.ts';
import { LongText } from '../parts/long-text.tsx';
import { Badge } from '../parts/badge.tsx';
import { Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { WordDiff } from '../parts/word-diff.tsx';
import { GATE_TONES } from '../reading/gate-tones.ts';
import { linkTo } from '../route.ts';
import type { VersionView } from '../../schemas/registry-views.ts';

const settingsText = (settings: object): string => JSON.stringify(settings, null, 2);

const Prompt = ({ version, against }: { version: VersionView; against: string }) => {
  const other = useAnswer('/v1/agents/:agent/versions/:version', {
    params: { agent: version.agent, version: against },
  });
  return (
    <Shown of={other}>
      {({ content }) => (
        <>
          <h3>Prompt, against {against}</h3>
          <WordDiff from={content?.prompt ?? ''} to={version.content?.prompt ?? ''} />
          <h3>Model, against {against}</h3>
          <WordDiff from={settingsText(content?.model ?? {})} to={settingsText(version.content?.model ?? {})} />
        </>
      )}
    </Shown>
  );
};

const Content = ({ version, against }: { version: VersionView; against: string | null }) => {
  const { content, agent, label } = version;
  if (content === null)
    return <p class="muted">Its content is not known: it was applied before there was a registry.</p>;
  return (
    <>
      <dl class="pairs">
        <dt>Code</dt>
        <dd>{content.code === '' ? '–' : content.code}</dd>
        <dt>Dependencies</dt>
        <dd>
          {Object.entries(content.dependencies)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ') || '–'}
        </dd>
      </dl>
      {against === null ? (
        <>
          <h3>Prompt</h3>
          <LongText>{content.prompt === '' ? '(empty)' : content.prompt}</LongText>
          <h3>Model</h3>
          <LongText>{settingsText(content.model)}</LongText>
        </>
      ) : (
        <Prompt key={`${agent} ${label} ${against}`} version={version} against={against} />
      )}
    </>
  );
};

/** Another version to hold this one against: its parent at first. */
const Against = ({ version, against }: { version: VersionView; against: string | null }) => {
  const { agent, label } = version;
  const answer = useAnswer('/v1/versions', { query: { agent, limit: 500 } });
  const others = (answer.value?.versions ?? []).filter((other) => other.label !== label);
  if (others.length === 0) return null;
  return (
    <label class="inline">
      Compare with
      <select
        value={against ?? ''}
        onChange={(event) => {
          window.location.hash = linkTo('versions', [agent, label], { against: event.currentTarget.value });
        }}
      >
        <option value="">nothing</option>
        {others.map((other) => (
          <option key={other.label} value={other.label}>
            {other.label}
          </option>
        ))}
      </select>
    </label>
  );
};

const Lineage = ({ version }: { version: VersionView }) => (
  <>
    {version.gates.length > 0 && <h3>Gates</h3>}
    <ul class="plain">
      {version.gates.toReversed().map((gate) => (
        <li key={`${gate.name} ${gate.atMs}`}>
          <Badge tone={GATE_TONES[gate.verdict]}>{gate.verdict}</Badge> {gate.name}, {gate.cases} cases,{' '}
          <When atMs={gate.atMs} /> <span class="muted small">{gate.summary}</span>
        </li>
      ))}
    </ul>
    <h3>Rollouts</h3>
    {version.rollouts.length === 0 && <p class="muted">It has been in none.</p>}
    <ul class="plain">
      {version.rollouts.toReversed().map((entry) => (
        <li key={`${entry.rollout} ${entry.as}`}>
          <a href={linkTo('rollouts', [entry.rollout])}>{entry.rollout}</a> as {entry.as}:{' '}
          {entry.state.replace('_', ' ')}, <When atMs={entry.startedAtMs} />
          <p class="muted small">{entry.sentence}</p>
        </li>
      ))}
    </ul>
    {version.incidents.length > 0 && <h3>Incidents</h3>}
    <ul class="plain">
      {version.incidents.toReversed().map((entry) => (
        <li key={`${entry.type} ${entry.atMs}`}>
          <Badge tone="bad">{entry.type}</Badge> <When atMs={entry.atMs} />, {entry.by}
          <p class="muted small">{entry.sentence}</p>
        </li>
      ))}
    </ul>
  </>
);

const Origin = ({ version }: { version: VersionView }) => {
  const { agent, id, parent, children, sameContent, upstream, reported } = version;
  const links = (labels: readonly string[]) =>
    labels.map((label) => (
      <a key={label} href={linkTo('versions', [agent, label])}>
        {label}{' '}
      </a>
    ));
  return (
    <dl class="pairs">
      <dt>Id</dt>
      <dd>
        <code>{id}</code>
      </dd>
      <dt>Made from</dt>
      <dd>{parent === null ? '–' : links([parent])}</dd>
      <dt>Made of it</dt>
      <dd>{children.length === 0 ? '–' : links(children)}</dd>
      {sameContent.length > 0 && (
        <>
          <dt>Same content</dt>
          <dd>{links(sameContent)}</dd>
        </>
      )}
      <dt>Answers at</dt>
      <dd>{upstream ?? '–'}</dd>
      {reported !== null && (
        <>
          <dt>Says that it is</dt>
          <dd>
            {reported.identity ?? reported.reason}{' '}
            <Badge tone={reported.matches ? 'good' : 'warn'}>{reported.matches ? 'as expected' : 'another'}</Badge>
          </dd>
        </>
      )}
    </dl>
  );
};

/** Everything of one version: what it is made of beside another one, and what became of it. */
export const VersionPage = ({ agent, label, against }: { agent: string; label: string; against: string | null }) => {
  const answer = useAnswer('/v1/agents/:agent/versions/:version', { params: { agent, version: label } });
  return (
    <Shown of={answer}>
      {(version) => (
        <>
          <div class="page-head">
            <h1>
              {agent} {version.label} {version.isStable && <Badge tone="good">in service</Badge>}
            </h1>
            <Against version={version} against={against ?? version.parent} />
          </div>
          <div class="columns">
            <section class="card">
              <h2>What it is made of</h2>
              <Content version={version} against={against ?? version.parent} />
            </section>
            <section class="card">
              <h2>What became of it</h2>
              <Origin version={version} />
              <Lineage version={version} />
            </section>
          </div>
        </>
      )}
    </Shown>
  );
};
