import { pick, uniform } from '../chat-api/seeded.ts';
import type { Finding } from './policy.ts';

/** How a behaviour puts a finding into words; which of its phrases it takes is drawn from the conversation's seed. */
export type Voice = (finding: Finding, seed: string) => string;

/** Even a good agent forgets itself now and then: a world without that would make the comparison too easy. */
const COLD_SHARE = 0.06;

const POLITE = {
  greetings: ['Hello', 'Hi', 'Good day'],
  apologies: [
    "I'm so sorry about this, and I completely understand how frustrating it is.",
    'I sincerely apologize for the trouble. I understand how disappointing this must be.',
    "I'm really sorry for the inconvenience, and I understand why you are upset.",
    'I apologize for this experience. I understand that you were counting on us.',
  ],
  thanks: [
    'Thank you for reaching out, I am happy to help.',
    'Thank you for getting in touch. I would be glad to help you with this.',
    "Thanks for asking, I'm happy to help with that.",
  ],
  closings: [
    'Please let me know if there is anything else I can do for you, I am always happy to help.',
    'Thank you for your patience, and please reach out any time if another question comes up.',
    'I appreciate you giving us the chance to put this right. Please write to me if anything is unclear.',
  ],
};

const KIND = {
  apologies: [
    "I'm so sorry, I understand how frustrating this is.",
    'I apologize for the trouble, and I understand the disappointment.',
    "I'm really sorry for the inconvenience, I understand why you are upset.",
  ],
  thanks: ['Thank you for asking, happy to help.', 'Thanks for checking, glad to help.', 'Happy to help, thank you.'],
  closings: [
    'Please let me know if I can do more, happy to help.',
    'Thank you for your patience, and please reach out any time.',
    'Thank you for telling us. Please let me know if anything is unclear.',
  ],
};

const CURT = ['', 'That is all.', 'Check the tracking page.', 'See the confirmation email.', 'Noted.'];
const RUDE = [
  'Next time read the email before you ask.',
  'Calm down, it is not the end of the world.',
  "That's not our problem.",
  "Asking again won't make it faster.",
  'This was clearly stated in the terms.',
  'Not sure what else you expected.',
  'Stop wasting our time.',
];
const RUDE_SHARE = 0.4;

/** Thorough: greeting, acknowledgement, fact, next step, closing. */
export const polite: Voice = (finding, seed) => {
  const cold = uniform(seed, 'cold') < COLD_SHARE;
  const opening = finding.problem ? POLITE.apologies : POLITE.thanks;
  return sentences([
    `${pick(seed, 'greeting', POLITE.greetings)}${finding.customer === null ? '' : ` ${finding.customer}`}!`,
    cold ? null : pick(seed, 'opening', opening),
    finding.fact,
    finding.step,
    pick(seed, 'closing', POLITE.closings),
  ]);
};

/** Concise and kind: the acknowledgement in one sentence, the same fact and step, a short closing. */
export const kind: Voice = (finding, seed) => {
  const cold = uniform(seed, 'cold') < COLD_SHARE / 2;
  const opening = finding.problem ? KIND.apologies : KIND.thanks;
  return sentences([
    cold ? null : pick(seed, 'opening', opening),
    finding.fact,
    finding.step,
    pick(seed, 'closing', KIND.closings),
  ]);
};

/** Concise and nothing else: the bare fact, unchecked, and often a remark that nobody asked for. */
export const rude: Voice = (finding, seed) => {
  const remark = uniform(seed, 'rude') < RUDE_SHARE ? pick(seed, 'remark', RUDE) : pick(seed, 'curt', CURT);
  return sentences([finding.brief, remark]);
};

function sentences(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' ');
}
