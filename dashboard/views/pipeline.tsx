import { Scroll } from '../parts/scroll.tsx';
import { useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { post } from '../api/ask.ts';
import type { AnswerTo, GivenTo } from '../api/contract.ts';
import { noteChange } from '../api/live.ts';
import { who } from '../api/session.ts';
import { asRefused, Refused } from '../api/refused.ts';
import { Badge } from '../parts/badge.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Older } from '../parts/older.tsx';
import { RefusalNote, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { whyMayNot } from '../reading/may.ts';
import { lagStanding } from '../reading/lag.ts';
import { countText, plainText, timeText } from '../../schemas/sentence/figures.ts';
import type { DeadLetter, Lag } from '../../schemas/pipeline-api.ts';
import type { View, ViewProps } from './view.ts';

type Replay = GivenTo<'POST', '/v1/dead-letters/replay'>['body'];
type Replayed = AnswerTo<'POST', '/v1/dead-letters/replay'>;

const LagRow = ({ row }: { row: Lag }) => {
  const standing = lagStanding(row);
  return (
    <tr>
      <th scope="row">
        {row.group.replace('coalmine-', '')}
        <span class="muted small">{row.topic}</span>
      </th>
      <td>
        <Badge tone={standing.tone}>{standing.word}</Badge>
        <span class="muted small">{standing.advice}</span>
      </td>
      <td class="number">{countText(row.behind)}</td>
      <td class="number">{row.waitedMs === null ? '–' : timeText(row.waitedMs)}</td>
      <td class="number roomy">
        {row.trendPerSecond === null ? '–' : `${row.trendPerSecond > 0 ? '+' : ''}${plainText(row.trendPerSecond)} / s`}
      </td>
      <td class="number roomy">{row.members}</td>
    </tr>
  );
};

const Lags = ({ lag }: { lag: readonly Lag[] }) => (
  <Scroll label="how far behind">
    <table>
      <thead>
        <tr>
          <th scope="col">Who reads what</th>
          <th scope="col">How it stands</th>
          <th scope="col" class="number">
            Behind
          </th>
          <th scope="col" class="number">
            Oldest waits
          </th>
          <th scope="col" class="number roomy">
            Trend
          </th>
          <th scope="col" class="number roomy">
            Members
          </th>
        </tr>
      </thead>
      <tbody>
        {lag.map((row) => (
          <LagRow key={`${row.group} ${row.topic}`} row={row} />
        ))}
      </tbody>
    </table>
  </Scroll>
);

const ReplayDialog = ({ letters, onDone }: { letters: readonly DeadLetter[]; onDone: () => void }) => {
  const [outcome, setOutcome] = useState<Replayed | Refused | null>(null);
  const [first] = letters;
  if (first === undefined) return null;
  const send = async (): Promise<void> => {
    const body = { group: first.group, at: letters.map(({ partition, offset }) => ({ partition, offset })) } as Replay;
    try {
      setOutcome(await post('/v1/dead-letters/replay', { body }));
      noteChange();
    } catch (error) {
      setOutcome(asRefused(error));
    }
  };
  return (
    <Dialog title={`Send ${countText(letters.length)} back?`} onClose={onDone}>
      <p>
        They are written to where they came from once more, for every reader there, if they can be decoded by now. What
        was sent back before is left alone.
      </p>
      {outcome instanceof Refused && <RefusalNote refused={outcome} />}
      {outcome !== null && !(outcome instanceof Refused) && (
        <p role="status">
          {Object.entries(outcome.fates)
            .map(([fate, count]) => `${fate}: ${count}`)
            .join(', ')}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="primary" disabled={outcome !== null} onClick={() => void send()}>
          Send back
        </button>
        <button type="button" onClick={onDone}>
          {outcome === null ? 'Leave it' : 'Close'}
        </button>
      </div>
    </Dialog>
  );
};

const Letter = ({ letter, mayNot, onReplay }: { letter: DeadLetter; mayNot: string | null; onReplay: () => void }) => {
  const why = mayNot ?? (letter.origin === null ? 'nobody knows where it came from' : null);
  return (
    <tr>
      <th scope="row">
        {letter.group.replace('coalmine-', '')}
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
          <button
            type="button"
            aria-disabled={why !== null}
            title={why ?? ''}
            onClick={() => {
              if (why === null) onReplay();
            }}
          >
            Send back
          </button>
        )}
      </td>
    </tr>
  );
};

const DeadLetters = ({ query }: { query: Readonly<Record<string, string>> }) => {
  const { cursor } = query;
  const answer = useAnswer('/v1/dead-letters', { query: { limit: 50, cursor } });
  const [asked, setAsked] = useState<readonly DeadLetter[]>([]);
  return (
    <section class="card">
      <h2>Dead letters</h2>
      <Shown of={answer}>
        {({ deadLetters, next }) =>
          deadLetters.length === 0 ? (
            <p class="muted">None: everything could be decoded.</p>
          ) : (
            <>
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
                        mayNot={whyMayNot('/v1/dead-letters/replay', who.value)}
                        onReplay={() => setAsked([letter])}
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
      {asked.length > 0 && <ReplayDialog letters={asked} onDone={() => setAsked([])} />}
    </section>
  );
};

const Pipeline = ({ query }: ViewProps) => {
  const answer = useAnswer('/v1/lag', {});
  return (
    <>
      <h1>Pipeline</h1>
      <section class="card">
        <h2>How far behind</h2>
        <Shown of={answer}>{({ lag }) => <Lags lag={lag} />}</Shown>
      </section>
      <DeadLetters query={query} />
    </>
  );
};

export const pipeline: View = { name: 'pipeline', title: 'Pipeline', Page: Pipeline };
