import { pick, seedOf, uniform } from '../chat-api/seeded.ts';

const OPENINGS = ['Hello,', 'Hi!', 'Sorry to bother you,', 'Good morning,', 'One question:'];
const QUESTIONS = [
  'how do I set a new password?',
  'where do I find my last invoice?',
  'how long does a refund take?',
  'when will my order be shipped?',
  'I was charged twice, what now?',
  'can I still return this?',
  'do you have a manual for it?',
];
const USERS = 500;

/** Who asks what, the same for the same number: one of 500 users, with an order number that makes the question their own. */
export function questionOf(number: number): { user: string; question: string } {
  const seed = seedOf('helpdesk', String(number));
  const order = 1_000 + Math.floor(uniform(seed, 'order') * 9_000);
  return {
    user: `user-${Math.floor(uniform(seed, 'user') * USERS)}`,
    question: `${pick(seed, 'opening', OPENINGS)} ${pick(seed, 'question', QUESTIONS)} (my order: ${order})`,
  };
}
