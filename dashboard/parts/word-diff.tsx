import { diffWordsWithSpace } from 'diff/lib/diff/word.js';
import { LongText } from './long-text.tsx';

/** Beyond this a comparison word by word would hold the page up. */
const MAX_CHARACTERS = 40_000;

/** One text beside another: what went and what came, word by word. */
export const WordDiff = ({ from, to }: { from: string; to: string }) => {
  if (from === to) return <LongText>{to === '' ? '(empty)' : to}</LongText>;
  if (from.length + to.length > MAX_CHARACTERS)
    return (
      <div class="columns">
        <LongText>{from}</LongText>
        <LongText>{to}</LongText>
      </div>
    );
  return (
    <LongText>
      {diffWordsWithSpace(from, to).map(({ value, added, removed }, i) =>
        added ? <ins key={i}>{value}</ins> : removed ? <del key={i}>{value}</del> : <span key={i}>{value}</span>,
      )}
    </LongText>
  );
};
