import { useState } from 'preact/hooks';
import { post } from '../api/ask.ts';
import { noteChange } from '../api/live.ts';
import { who } from '../api/session.ts';
import { asRefused, type Refused } from '../api/refused.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { type Action, actionsOf, type Step } from '../reading/actions.ts';
import { whyMayNot } from '../reading/may.ts';
import { ActButton } from './act-button.tsx';
import { Dialog } from './dialog.tsx';
import { RefusalNote } from './shown.tsx';

const PATHS = {
  pause: '/v1/rollouts/:name/pause',
  resume: '/v1/rollouts/:name/resume',
  skip: '/v1/rollouts/:name/skip',
  promote: '/v1/rollouts/:name/promote',
  approve: '/v1/rollouts/:name/approve',
  abort: '/v1/rollouts/:name/abort',
  rollback: '/v1/rollouts/:name/rollback',
  restart: '/v1/rollouts/:name/restart',
} as const satisfies Record<Step, string>;

const Confirm = ({ rollout, action, onDone }: { rollout: RolloutView; action: Action; onDone: () => void }) => {
  const [reason, setReason] = useState('');
  const [isSent, setIsSent] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const send = async (): Promise<void> => {
    setIsSent(true);
    try {
      await post(PATHS[action.step], { params: { name: rollout.id }, body: { reason } });
      noteChange();
      onDone();
    } catch (error) {
      setRefused(asRefused(error));
      setIsSent(false);
    }
  };
  return (
    <Dialog title={`${action.label} ${rollout.name}?`} onClose={onDone}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>{action.will}</p>
        <label>
          Reason, for the log and whoever reads it
          <textarea
            name="reason"
            rows={2}
            maxLength={1000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {refused !== null && <RefusalNote refused={refused} />}
        <div class="buttons">
          <button type="submit" class={action.isGrave ? 'grave' : 'primary'} disabled={isSent}>
            {isSent ? 'Being decided …' : action.label}
          </button>
          <button type="button" onClick={onDone}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
};

/** What may be done with a rollout: all of it, or these steps. A button that can't be used says why. */
export const ActionBar = ({ rollout, steps }: { rollout: RolloutView; steps?: readonly Step[] }) => {
  const [asked, setAsked] = useState<Step | null>(null);
  const offered = actionsOf(rollout).filter(({ step }) => steps?.includes(step) ?? true);
  const actions = offered.map((action) => {
    const mayNot = whyMayNot(PATHS[action.step], who.value);
    return { ...action, mayNot, why: mayNot ?? action.why };
  });
  const mayNot = actions.find((action) => action.mayNot !== null)?.mayNot;
  const action = actions.find(({ step }) => step === asked);
  return (
    <>
      <div class="actions" role="group" aria-label="actions">
        {actions.map(({ step, label, why, isGrave }) => (
          <ActButton
            key={step}
            why={why}
            onAct={() => setAsked(step)}
            class={isGrave && why === null ? 'grave-quiet' : ''}
          >
            {label}
            {why !== null && <span class="unseen"> (not now: {why})</span>}
          </ActButton>
        ))}
      </div>
      {mayNot !== undefined && <p class="muted small">To act: {mayNot}.</p>}
      {action !== undefined && <Confirm rollout={rollout} action={action} onDone={() => setAsked(null)} />}
    </>
  );
};
