import { diffWordsWithSpace } from 'diff/lib/diff/word.js';

/** Beyond this a comparison word by word would hold the page up. */
const MAX_CHARACTERS = 40_000;

/** One text beside another: what went and what came, word by word. */
export const WordDiff = ({ from, to }: { from: string; to: string }) => {
  if (from === to) return <pre class="diff">{to === '' ? '(empty)' : to}</pre>;
  if (from.length + to.length > MAX_CHARACTERS)
    return (
      <div class="columns">
        <pre class="diff">{from}</pre>
        <pre class="diff">{to}</pre>
      </div>
    );
  return (
    <pre class="diff">
      {diffWordsWithSpace(from, to).map(({ value, added, removed }, i) =>
        added ? <ins key={i}>{value}</ins> : removed ? <del key={i}>{value}</del> : <span key={i}>{value}</span>,
      )}
    </pre>
  );
};
