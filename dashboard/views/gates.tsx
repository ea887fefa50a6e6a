import { useAnswer } from '../api/answer.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { GATE_TONES } from '../reading/gate-tones.ts';
import { linkTo } from '../route.ts';
import type { View } from './view.ts';

const Gates = () => {
  const answer = useAnswer('/v1/versions', {});
  return (
    <>
      <h1>Gates</h1>
      <Shown of={answer}>
        {({ versions }) => {
          const gated = versions.flatMap(({ agent, label, gate }) => (gate === null ? [] : [{ agent, label, gate }]));
          if (gated.length === 0)
            return (
              <Empty title="No gate has reported yet">
                <code>npx coalmine gate -f plan.yaml --report</code> asks a version, scores what it answers, and files
                what it found: docs/gate.md.
              </Empty>
            );
          return (
            <div class="card scroll" tabIndex={0} role="region" aria-label="gates">
              <table class="wide">
                <thead>
                  <tr>
                    <th scope="col">Gate</th>
                    <th scope="col">Version</th>
                    <th scope="col">Verdict</th>
                    <th scope="col">When</th>
                  </tr>
                </thead>
                <tbody>
                  {gated
                    .toSorted((a, b) => b.gate.atMs - a.gate.atMs)
                    .map(({ agent, label, gate }) => (
                      <tr key={`${agent} ${label}`}>
                        <th scope="row">{gate.name}</th>
                        <td>
                          <a href={linkTo('versions', [agent, label])}>
                            {agent} {label}
                          </a>
                        </td>
                        <td>
                          <Badge tone={GATE_TONES[gate.verdict]}>{gate.verdict}</Badge>
                        </td>
                        <td>
                          <When atMs={gate.atMs} />
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Shown>
    </>
  );
};

export const gates: View = { name: 'gates', title: 'Gates', Page: Gates };
