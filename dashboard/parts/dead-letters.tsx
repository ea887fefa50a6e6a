import { useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { who } from '../api/session.ts';
import { shortName } from '../reading/lag.ts';
import { whyMayNot } from '../reading/may.ts';
import { countText } from '../../schemas/sentence/figures.ts';
import type { DeadLetter } from '../../schemas/pipeline-api.ts';
import { ActButton } from './act-button.tsx';
import { Badge } from './badge.tsx';
import { Older } from './older.tsx';
import { ReplayDialog, type Wish } from './replay-dialog.tsx';
import { Scroll } from './scroll.tsx';
import { Shown } from './shown.tsx';
import { When } from './when.tsx';

const Letter = ({ letter, mayNot, onReplay }: { letter: DeadLetter; mayNot: string | null; onReplay: () => void }) => {
  const why = mayNot ?? (letter.origin === null ? 'nobody knows where it came from' : null);
  return (
    <tr>
      <th scope="row">
        {shortName(letter.group)}
        <span class="muted small">
          {letter.partition}:{letter.offset}, <When atMs={letter.timestampMs} />
        </span>
      </th>
      <td>
        {letter.reason}
        <span class="muted small">
          {letter.origin === null
            ? 'from nowhere that the group reads'
            : `${letter.origin.topic} ${letter.origin.partition}:${letter.origin.offset}`}
          , {countText(letter.sizeBytes)} bytes
        </span>
      </td>
      <td>
        {letter.isReplayed ? (
          <Badge tone="calm">sent back</Badge>
        ) : (
          <ActButton why={why} onAct={onReplay}>
            Send back
          </ActButton>
        )}
      </td>
    </tr>
  );
};

/** What lies there of each group, and a way to send all of it back. */
const Counts = ({ mayNot, onReplay }: { mayNot: string | null; onReplay: (wish: Wish) => void }) => {
  const answer = useAnswer('/v1/dead-letters/counts', {});
  const waiting = (answer.value?.groups ?? []).filter((count) => count.waiting > 0);
  return (
    <ul class="plain">
      {waiting.map((count) => (
        <Count key={count.group} count={count} mayNot={mayNot} onReplay={onReplay} />
      ))}
    </ul>
  );
};

const Count = ({
  count: { group, waiting },
  mayNot,
  onReplay,
}: {
  count: { group: string; waiting: number };
  mayNot: string | null;
  onReplay: (wish: Wish) => void;
}) => (
  <li class="buttons">
    <span>
      <strong>
        {countText(waiting)} of {shortName(group)}
      </strong>{' '}
      {waiting === 1 ? 'waits' : 'wait'} to be dealt with
    </span>
    <ActButton why={mayNot} onAct={() => onReplay({ group, at: [] })}>
      Send all of {shortName(group)} back
    </ActButton>
  </li>
);

/** What could not be decoded: how much there is, each by itself, and ways to send it back. */
export const DeadLetters = ({ query }: { query: Readonly<Record<string, string>> }) => {
  const { cursor } = query;
  const answer = useAnswer('/v1/dead-letters', { query: { limit: 50, cursor } });
  const [wish, setWish] = useState<Wish | null>(null);
  const mayNot = whyMayNot('/v1/dead-letters/replay', who.value);
  return (
    <section class="card">
      <h2>Dead letters</h2>
      <Shown of={answer}>
        {({ deadLetters, next }) =>
          deadLetters.length === 0 ? (
            <p class="muted">None: everything could be decoded.</p>
          ) : (
            <>
              <Counts mayNot={mayNot} onReplay={setWish} />
              {mayNot !== null && <p class="muted small">To send them back: {mayNot}.</p>}
              <Scroll label="dead letters">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Who could not read it</th>
                      <th scope="col">Why</th>
                      <th scope="col">What to do</th>
                    </tr>
                  </thead>
                  <tbody>
                    {deadLetters.map((letter) => (
                      <Letter
                        key={`${letter.topic} ${letter.partition} ${letter.offset}`}
                        letter={letter}
                        mayNot={mayNot}
                        onReplay={() =>
                          setWish({ group: letter.group, at: [{ partition: letter.partition, offset: letter.offset }] })
                        }
                      />
                    ))}
                  </tbody>
                </table>
              </Scroll>
              <Older view="pipeline" query={query} next={next} />
            </>
          )
        }
      </Shown>
      {wish !== null && <ReplayDialog wish={wish} onDone={() => setWish(null)} />}
    </section>
  );
};
