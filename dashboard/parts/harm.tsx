import type { RolloutView } from '../../schemas/controller-api.ts';
import { countText, valueText } from '../../schemas/sentence/figures.ts';
import { harms } from '../reading/harm.ts';
import { MetricName } from './metric-name.tsx';

const requestsText = (requests: number): string => {
  const count = Math.round(Math.abs(requests));
  if (count === 0) return 'none';
  return requests > 0 ? `${countText(count)} more` : `${countText(count)} fewer`;
};

/** What the candidate has cost its users so far. */
export const Harm = ({ rollout }: { rollout: RolloutView }) => {
  const rows = harms(rollout.metrics);
  const { candidate, stable } = rollout;
  if (rows.length === 0 || candidate === null) return null;
  return (
    <section class="card">
      <h2>Harm so far</h2>
      <p class="muted small">
        Bad answers of {candidate} beyond what {stable} would have given to the same number of requests: n({candidate})
        × (bad share of {candidate} − bad share of {stable}).
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              Bad answers
            </th>
            <th scope="col" class="number">
              Of
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ metric, requests, entry }) => (
            <tr key={metric}>
              <th scope="row">
                <MetricName metric={metric} />
              </th>
              <td class={`number ${requests >= 0.5 ? 'harm' : ''}`}>{requestsText(requests)}</td>
              <td class="number muted formula">
                {countText(entry.candidateCount)} × ({valueText(metric, entry.candidateValue ?? 0)} −{' '}
                {valueText(metric, entry.stableValue ?? 0)})
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
