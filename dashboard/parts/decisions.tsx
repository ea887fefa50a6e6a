import type { ToldDecision } from '../../schemas/controller-api.ts';
import type { Tone } from '../reading/verdict.ts';
import { When } from './when.tsx';

const TONES: Readonly<Partial<Record<ToldDecision['type'], Tone>>> = {
  rollback: 'bad',
  inconclusive: 'warn',
  hold: 'warn',
  promote: 'good',
  advance: 'good',
  release: 'good',
  pause: 'wait',
  approve: 'wait',
};

const splitText = ({ routing }: ToldDecision): string =>
  routing.arms.map(({ version, weight }) => `${version} ${Number(weight.toFixed(1))} %`).join(' · ');

/** Steps of the log with their reasons, as a line of time, the newest first. */
export const Decisions = ({ decisions }: { decisions: readonly ToldDecision[] }) => (
  <ol class="timeline">
    {decisions.map((decision) => (
      <li key={`${decision.agent}#${decision.sequence}`} class={TONES[decision.type] ?? 'calm'}>
        <div class="line">
          <strong>{decision.type}</strong>
          <span class="muted small">{splitText(decision)}</span>
          <span class="muted small">
            <When atMs={decision.timeMs} /> · {decision.by}
          </span>
        </div>
        <p>{decision.sentence}</p>
        {decision.reason !== '' && !decision.sentence.includes(decision.reason) && (
          <p class="muted small">{decision.reason}</p>
        )}
      </li>
    ))}
  </ol>
);
