import type { ComponentChildren } from 'preact';
import { capitalized } from '../../schemas/sentence/figures.ts';
import type { Answer } from '../api/answer.ts';
import type { Refused } from '../api/refused.ts';

const ADVICE: Readonly<Record<number, string>> = {
  0: 'It is asked again by itself. If it stays so: is the controller up? npx coalmine doctor says.',
  401: 'Sign in with a key: npm run keys -- create --name you --role view makes one.',
  403: 'Somebody with the role admin can give you a key with that role: docs/keys.md.',
  503: 'It is asked again by itself.',
};

/** Why nothing, or nothing newer, can be shown, and what to do. */
export const RefusalNote = ({ refused }: { refused: Refused }) => (
  <div class="note bad" role="alert">
    <strong>{capitalized(refused.message)}</strong>
    <span>{ADVICE[refused.status] ?? ''}</span>
  </div>
);

/** What is shown of an answer: before it comes, when it is refused, and when it is there. */
export const Shown = <T,>({ of, children }: { of: Answer<T>; children: (value: T) => ComponentChildren }) => {
  if (of.value !== null)
    return (
      <>
        {of.refused !== null && of.refused.status !== 0 && <RefusalNote refused={of.refused} />}
        {children(of.value)}
      </>
    );
  if (of.refused !== null) return <RefusalNote refused={of.refused} />;
  return (
    <p class="loading" role="status">
      Loading …
    </p>
  );
};

/** Where there is nothing yet: what to do so that there is. */
export const Empty = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div class="empty">
    <strong>{title}</strong>
    <div>{children}</div>
  </div>
);
