import { isNegated, sentencesOf, shareOf, stemsOf } from './sentences.ts';

type Said = readonly { role: string; content: string }[];
export type Claim = { claim: string; verdict: 'supported' | 'contradicted' | 'not_found' };

const NO_CLAIM =
  /^(?:hi|hello|hey|dear|thanks|thank you|sorry|i(?:['’]m| am) (?:so |very |really |truly )?sorry|apologies|my apologies|please|sure|of course|certainly|great(?=[!.,])|happy to|glad to|let me|feel free|i(?:['’]d| would) (?:be happy|love|rather)|i(?:['’]ll| will)|we(?:['’]ll| will) (?:look|check|get)|i (?:can|could|can['’]?t|cannot|understand|hope|think|believe|apologi[sz]e|don['’]t|do not|am unable)|is there anything|would you|if you (?:have|need|want)|you(?:['’]re| are) welcome|have a)\b/i;

const SHORT_STEMS = 4;
const SUPPORT_SHARE = 0.7;
const TOPIC_SHARE = 0.5;

type Stretch = { isNegated: boolean; stems: ReadonlySet<string> };

/**
 * The answer's sentences that state something, each against the context: supported if a stretch of it holds most of the
 * sentence's words and all of its numbers and is negated alike; contradicted if it holds many of the words but other numbers or
 * the other negation; else not found. An answer in a few words is read together with the question.
 */
export function judgeClaims(context: Said, answer: string): Claim[] {
  const asked = context.findLast(({ role }) => role === 'user')?.content ?? '';
  const question = sentencesOf(asked).at(-1) ?? '';
  const stretches = stretchesOf(context.flatMap(({ content }) => sentencesOf(content)).filter((s) => !s.endsWith('?')));
  const sentences = sentencesOf(answer).filter((sentence) => !/^[{[]|\?$/.test(sentence) && !NO_CLAIM.test(sentence));
  return sentences.flatMap((sentence): Claim[] => {
    const stems = stemsOf(sentence);
    if (stems.length === 0) return [];
    const topic = stems.length < SHORT_STEMS && question.endsWith('?') ? stemsOf(question) : [];
    return [{ claim: sentence, verdict: verdictOf(sentence, stems, topic, stretches) }];
  });
}

/** Each sentence alone, and with the one before it, since pronouns reach back. */
function stretchesOf(sentences: readonly string[]): Stretch[] {
  return sentences.flatMap((text, i) => {
    const before = sentences[i - 1];
    const alone = { isNegated: isNegated(text), stems: new Set(stemsOf(text)) };
    const both = `${before ?? ''} ${text}`;
    return before === undefined ? [alone] : [alone, { isNegated: isNegated(both), stems: new Set(stemsOf(both)) }];
  });
}

function verdictOf(
  sentence: string,
  stems: readonly string[],
  topic: readonly string[],
  stretches: readonly Stretch[],
): Claim['verdict'] {
  const numbers = stems.filter((stem) => /\d/.test(stem));
  const words = stems.filter((stem) => !/\d/.test(stem));
  const negated = isNegated(sentence);
  let isContradicted = false;
  for (const { isNegated: isOtherNegated, stems: within } of stretches) {
    const share = shareOf(words, within);
    const isOfTopic = topic.length === 0 || shareOf(topic, within) >= TOPIC_SHARE;
    const hasNumbers = numbers.every((number) => within.has(number));
    const isAlike = topic.length > 0 || isOtherNegated === negated;
    if (isOfTopic && hasNumbers && isAlike && (words.length === 0 || share >= SUPPORT_SHARE)) return 'supported';
    if (words.length > 1 && share >= TOPIC_SHARE && (!hasNumbers || !isAlike)) isContradicted = true;
  }
  return isContradicted ? 'contradicted' : 'not_found';
}
