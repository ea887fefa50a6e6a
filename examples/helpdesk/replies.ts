/** What the helpdesk knows: which words in a question it goes by, what it says at least, and what it adds where it takes its time. */
const TOPICS = [
  {
    words: /password|log ?in|account/i,
    fact: 'You can set a new password under Account, then Security.',
    detail: 'The link in the message that you get then is good for one hour.',
  },
  {
    words: /invoice|bill|payment|charged/i,
    fact: 'Your invoices are under Account, then Billing.',
    detail: 'A new one comes on the first of each month, as a PDF and by mail.',
  },
  {
    words: /refund|return|money back/i,
    fact: 'A refund takes three to five working days.',
    detail: 'It goes back to where the payment came from, less what you have used so far.',
  },
  {
    words: /deliver|ship|order|parcel/i,
    fact: 'Orders leave our warehouse on the next working day.',
    detail: 'The tracking number comes by mail as soon as the parcel is on its way.',
  },
] as const;

const OTHER = {
  fact: 'Our help pages answer most questions.',
  detail: 'They are sorted by product, and the search looks into all of them.',
};

export const MANNERS = ['thorough', 'brief', 'curt'] as const;
/** `thorough` is the version in service, `brief` a good new one, and `curt` one that should not get through. */
export type Manner = (typeof MANNERS)[number];

/** The middle of how long an answer takes; half of the answers take less. */
export const MEDIAN_LATENCY_MS: Readonly<Record<Manner, number>> = { thorough: 24, brief: 18, curt: 12 };

/** What is said to a question. The same question always gets the same reply. */
export function replyTo(question: string, manner: Manner): string {
  const { fact, detail } = TOPICS.find(({ words }) => words.test(question)) ?? OTHER;
  if (manner === 'curt') return `${fact} You should have read that yourself.`;
  if (manner === 'brief') return `Thanks for asking! ${fact} I'm happy to help with anything else.`;
  return `Thank you for asking. ${fact} ${detail} Please let me know if there is anything else.`;
}
