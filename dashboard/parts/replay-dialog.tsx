import { useEffect, useState } from 'preact/hooks';
import { post } from '../api/ask.ts';
import type { AnswerTo, GivenTo } from '../api/contract.ts';
import { noteChange } from '../api/live.ts';
import { asRefused, Refused } from '../api/refused.ts';
import { fateLines } from '../reading/fates.ts';
import { shortName } from '../reading/lag.ts';
import { Dialog } from './dialog.tsx';
import { RefusalNote } from './shown.tsx';

type Body = GivenTo<'POST', '/v1/dead-letters/replay'>['body'];
type Replayed = AnswerTo<'POST', '/v1/dead-letters/replay'>;

/** Letters of a group by their places; without any, all of it. */
export type Wish = { group: string; at: { partition: number; offset: number }[] };

const ask = async (wish: Wish, dryRun: boolean): Promise<Replayed | Refused> => {
  try {
    return await post('/v1/dead-letters/replay', { body: { ...wish, dryRun } as Body });
  } catch (error) {
    return asRefused(error);
  }
};

const Fates = ({ told, isDone }: { told: Replayed; isDone: boolean }) => (
  <ul role="status">
    {fateLines(told, isDone).map((line) => (
      <li key={line}>{line}</li>
    ))}
  </ul>
);

/** Says how many will be sent back and what becomes of the others, before it is done, and what came of it. */
export const ReplayDialog = ({ wish, onDone }: { wish: Wish; onDone: () => void }) => {
  const [planned, setPlanned] = useState<Replayed | Refused | null>(null);
  const [outcome, setOutcome] = useState<Replayed | Refused | null>(null);
  const [isSent, setIsSent] = useState(false);
  useEffect(() => {
    void ask(wish, true).then(setPlanned);
  }, [wish]);
  const send = async (): Promise<void> => {
    setIsSent(true);
    setOutcome(await ask(wish, false));
    noteChange();
  };
  const told = outcome ?? planned;
  const due = planned === null || planned instanceof Refused ? 0 : (planned.fates['replayed'] ?? 0);
  const who = shortName(wish.group);
  return (
    <Dialog title={wish.at.length === 0 ? `Send all of ${who} back?` : 'Send it back?'} onClose={onDone}>
      <p>
        What is sent back is written to where it came from once more, for every reader there, and stays here as sent
        back. What still can’t be decoded is left alone.
      </p>
      {told === null && <p class="loading">Looking what would become of them …</p>}
      {told instanceof Refused && <RefusalNote refused={told} />}
      {outcome instanceof Refused && outcome.status === 0 && (
        <p>It may go on at the controller all the same: the counts on the page say how far it is.</p>
      )}
      {told !== null && !(told instanceof Refused) && <Fates told={told} isDone={outcome !== null} />}
      <div class="buttons">
        {outcome === null && (
          <button type="button" class="primary" disabled={isSent || due === 0} onClick={() => void send()}>
            {isSent ? 'Being sent back …' : 'Send back'}
          </button>
        )}
        <button type="button" onClick={onDone}>
          {outcome === null ? 'Leave it' : 'Close'}
        </button>
      </div>
    </Dialog>
  );
};
