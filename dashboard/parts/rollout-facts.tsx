import type { ComponentChildren } from 'preact';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { proofText, reachText } from '../reading/headline.ts';
import { strongest, verdictOf, wayToThreshold } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import { Meter } from './meter.tsx';

const Fact = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div class="fact">
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
);

const Proof = ({ rollout }: { rollout: RolloutView }) => {
  const way = wayToThreshold(rollout);
  const most = strongest(rollout.metrics);
  return (
    <>
      {proofText(rollout)}
      {way !== null && <Meter share={way} label={`evidence against it: ${Math.round(100 * way)} % of what it takes`} />}
      {way !== null && most !== null && <span class="muted small">most in {metricWords(most.metric).noun}</span>}
    </>
  );
};

/** What is released, whether it is worse, on what proof, and who is affected: all that one must see at once. */
export const RolloutFacts = ({ rollout }: { rollout: RolloutView }) => {
  const verdict = verdictOf(rollout);
  const reach = reachText(rollout);
  return (
    <dl class="facts">
      <Fact title="Released">
        <a href={linkTo('rollouts', [rollout.id])}>{rollout.name}</a>
        <span class="muted small">
          {rollout.candidate === null ? `${rollout.arms.length} arms` : `${rollout.stable} → ${rollout.candidate}`}
        </span>
      </Fact>
      <Fact title="Is it worse?">
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
