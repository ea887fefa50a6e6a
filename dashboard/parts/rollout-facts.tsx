import type { ComponentChildren } from 'preact';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { proofText, reachText } from '../reading/headline.ts';
import { armNames } from '../reading/arms.ts';
import { boundText, limitText, stoppingLimit } from '../reading/limits.ts';
import { strongest } from '../reading/metric-rows.ts';
import { verdictOf, wayToThreshold } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import { Meter } from './meter.tsx';

const Fact = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div class="fact">
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
);

const Proof = ({ rollout }: { rollout: RolloutView }) => {
  if (rollout.strategy === 'ab')
    return (
      <>
        {proofText(rollout)}
        {rollout.logE !== null && <span class="muted small">for the best arm</span>}
      </>
    );
  const limit = stoppingLimit(rollout);
  if (limit !== undefined)
    return (
      <>
        {limit.value === null ? 'Its limit' : limitText(limit, limit.value)}
        <span class="muted small">{boundText(limit)} is allowed</span>
      </>
    );
  const way = wayToThreshold(rollout);
  const most = strongest(rollout.metrics);
  return (
    <>
      {proofText(rollout)}
      {way !== null && <Meter share={way} label={`evidence against it: ${Math.round(100 * way)} % of what it takes`} />}
      {way !== null && way > 0 && most !== null && (
        <span class="muted small">most in {metricWords(most.metric).noun}</span>
      )}
    </>
  );
};

/** What is released, whether it is worse, on what proof, and who is affected: all that one must see at once. */
export const RolloutFacts = ({ rollout, isOwnPage = false }: { rollout: RolloutView; isOwnPage?: boolean }) => {
  const verdict = verdictOf(rollout);
  const reach = reachText(rollout);
  const { candidate, stable, agent, strategy } = rollout;
  const what = candidate === null ? armNames(rollout).join(', ') : `${stable} → ${candidate}`;
  return (
    <dl class="facts">
      <Fact title={strategy === 'ab' ? 'Compared' : 'Released'}>
        {isOwnPage ? what : <a href={linkTo('rollouts', [rollout.id])}>{rollout.name}</a>}
        <span class="muted small">{isOwnPage ? `of ${agent}` : what}</span>
      </Fact>
      <Fact title={strategy === 'ab' ? 'Which is better?' : 'Is it worse?'}>
        <span class={`word ${verdict.tone}`}>{verdict.word}</span>
        <span class="muted small">{verdict.detail}</span>
      </Fact>
      <Fact title="On what proof">
        <Proof rollout={rollout} />
      </Fact>
      <Fact title="Who is affected">
        <span>{reach.users}</span>
        <span class="muted small">{reach.requests}</span>
      </Fact>
    </dl>
  );
};
