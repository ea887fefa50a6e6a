import { Scroll } from '../parts/scroll.tsx';
import { useAnswer } from '../api/answer.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { GATE_TONES } from '../reading/gate-tones.ts';
import { linkTo } from '../route.ts';
import type { VersionSummary } from '../../schemas/registry-views.ts';
import { VersionPage } from './version-page.tsx';
import type { View, ViewProps } from './view.ts';

const Row = ({ version }: { version: VersionSummary }) => {
  const { agent, label, id, gate, parent } = version;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo('versions', [agent, label])}>{label}</a>
        <span class="muted small">
          <code>{id.slice(0, 8)}</code>
        </span>
      </th>
      <td>{agent}</td>
      <td>
        {version.isStable ? <Badge tone="good">in service</Badge> : null}
        {version.rollout !== null && (
          <a href={linkTo('rollouts', [version.rollout])}>
            <Badge tone="wait">in a rollout</Badge>
          </a>
        )}
      </td>
      <td>{parent ?? '–'}</td>
      <td>{gate === null ? '–' : <Badge tone={GATE_TONES[gate.verdict]}>{`${gate.name}: ${gate.verdict}`}</Badge>}</td>
      <td>
        {version.createdAtMs === null ? '–' : <When atMs={version.createdAtMs} />}
        <span class="muted small">{version.createdBy ?? ''}</span>
      </td>
    </tr>
  );
};

const List = () => {
  const answer = useAnswer('/v1/versions', { query: { limit: 500 } });
  return (
    <>
      <h1>Versions</h1>
      <Shown of={answer}>
        {({ versions }) =>
          versions.length === 0 ? (
            <Empty title="No versions yet">
              An agent’s document brings its versions: <code>npx coalmine apply agent.yaml</code>.
            </Empty>
          ) : (
            <Scroll label="versions" isCard>
              <table class="wide">
                <thead>
                  <tr>
                    {['Version', 'Agent', 'Where it is', 'Made from', 'Last gate', 'Made'].map((title) => (
                      <th key={title} scope="col">
                        {title}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {versions.toReversed().map((version) => (
                    <Row key={`${version.agent} ${version.label}`} version={version} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </>
  );
};

const Versions = ({ rest: [agent, label], query }: ViewProps) =>
  agent === undefined || label === undefined ? (
    <List />
  ) : (
    <VersionPage key={`${agent} ${label}`} agent={agent} label={label} against={query['against'] ?? null} />
  );

export const versions: View = { name: 'versions', title: 'Versions', Page: Versions };
