import type { RolloutView } from '../../schemas/controller-api.ts';
import { plainText, shareText } from '../../schemas/sentence/figures.ts';
import { Badge } from './badge.tsx';
import { When } from './when.tsx';

const OUTCOMES = {
  passed: { tone: 'good', word: 'passed' },
  failed: { tone: 'bad', word: 'failed' },
  unanswered: { tone: 'warn', word: 'unanswered' },
} as const;

const Checks = ({ checks }: Pick<RolloutView, 'checks'>) => (
  <ul class="plain">
    {checks.map(({ name, outcome, reason, atMs }) => (
      <li key={name}>
        {outcome === null ? (
          <Badge tone="calm">not asked yet</Badge>
        ) : (
          <Badge tone={OUTCOMES[outcome].tone}>{OUTCOMES[outcome].word}</Badge>
        )}{' '}
        {name} <span class="muted small">{reason}</span> {atMs !== null && <When atMs={atMs} />}
      </li>
    ))}
  </ul>
);

/** How often a version that is no worse is stopped, and what of that has no bound. */
const boundText = ({ policy, limits }: RolloutView, alpha: number): string => {
  if (policy === 'thresholds') return 'not bounded: plain thresholds';
  return `${shareText(alpha)}${limits.length === 0 ? '' : ' by evidence; limits bound nothing'}`;
};

/** What the verdict rests on beside metrics: how much was seen, what others say, what it costs. */
export const Telemetry = ({ rollout }: { rollout: RolloutView }) => {
  const { coverage, checks, spent, stable, candidate } = rollout;
  return (
    <section class="card">
      <h2>What it rests on</h2>
      {coverage.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Seen of</th>
              <th scope="col" class="number">
                {stable}
              </th>
              <th scope="col" class="number">
                {candidate ?? 'arms'}
              </th>
            </tr>
          </thead>
          <tbody>
            {coverage.map((entry) => (
              <tr key={entry.of}>
                <th scope="row">{entry.of}</th>
                <td class="number">{shareText(entry.stable)}</td>
                <td class="number">{shareText(entry.candidate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {checks.length > 0 && <Checks checks={checks} />}
      <dl class="pairs">
        <dt>Evidence</dt>
        <dd>{rollout.live ? 'as this controller sees it now' : 'of the last decision that had any'}</dd>
        {rollout.alpha !== null && (
          <>
            <dt>False rollback at most</dt>
            <dd>{boundText(rollout, rollout.alpha)}</dd>
          </>
        )}
        {rollout.promotion !== null && (
          <>
            <dt>Promoted by</dt>
            <dd>{rollout.promotion}</dd>
          </>
        )}
        {spent !== null && spent.answersUsd + spent.judgingUsd > 0 && (
          <>
            <dt>Spent</dt>
            <dd>
              ${plainText(spent.answersUsd)} on answers, ${plainText(spent.judgingUsd)} on judging
            </dd>
          </>
        )}
      </dl>
    </section>
  );
};
