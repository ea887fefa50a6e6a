import { sentencesOf, shareOf, stemsOf } from './sentences.ts';

type Said = readonly { role: string; content: string }[];
export type Statement = { statement: string; relevant: boolean };

const PLEASANTRY =
  /^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks|thank you|you(?:['’]re| are) welcome|have a|is there anything else|let me know|feel free|please (?:let me|feel free|don['’]t hesitate)|happy to help|glad to help|sure|of course|certainly|great question)\b/i;
/** Sentences that lean on the one before. */
const LEANING =
  /^(?:it|this|that|these|those|they|he|she|then|so|also|yes|no|you can|there|here|first|second|next|finally|because)\b/i;

const RELEVANT_SHARE = 0.2;

/** The answer's sentences but for pleasantries: relevant if they share a fifth of their words with the question, or lean on one that does. */
export function judgeStatements(conversation: Said, answer: string): Statement[] {
  const asked = new Set(stemsOf(conversation.findLast(({ role }) => role === 'user')?.content ?? ''));
  let isBeforeRelevant = true;
  return sentencesOf(answer)
    .filter((sentence) => !PLEASANTRY.test(sentence))
    .map((statement) => {
      const isOnTopic = shareOf(stemsOf(statement), asked) >= RELEVANT_SHARE;
      isBeforeRelevant = isOnTopic || (isBeforeRelevant && LEANING.test(statement));
      return { statement, relevant: isBeforeRelevant };
    });
}
