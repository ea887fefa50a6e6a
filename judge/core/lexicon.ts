/**
 * Phrase lexicons for tone. Sentiment libraries call an apology negative; these count what a support answer does for the
 * person (thanks, apologises, acknowledges, offers, invites) against what wounds (dismisses, blames, belittles, scolds).
 * Each kind counts once, so that length earns nothing. Every repetition in a pattern is bounded, so that matching takes
 * time linear in the text.
 */
type Lexicon = Readonly<Record<string, RegExp>>;

const WARM: Lexicon = {
  apology:
    /(?<!\b(?:not|isn't|aren't) (?:at all |even |really )?)\bsorry\b(?! (?:that )?you feel)|\bapologi[sz]e\b|\b(?:my|our) (?:sincere |deepest )?apologies\b/,
  understanding:
    /\b(?:i|we) (?:can |do |completely |totally |fully |really |certainly )?(?:understand|hear you|appreciate (?:how|that this))\b|\b(?:that|this|it) (?:must|sounds|is|can) (?:be |have been |so |very |really |truly )?(?:frustrating|annoying|upsetting|disappointing|stressful|worrying)\b|\bunderstandabl[ey]\b/,
  thanks:
    /\bthank you\b|\bthanks\b(?! to you\b| for nothing\b)|\b(?:i|we) (?:really |truly |do )?appreciate (?:you|your|it)\b/,
  help: /\b(?:happy|glad) to\b|\b(?:i'm|we're|i am|we are) here (?:to help|for you|if you)\b|\blet me (?:help|take care|check|look|fix|make|see|sort)\b|\b(?:i'll|i will|we'll|we will) (?:gladly |personally |make sure|take care|look into|put this right|sort this out|keep you)\b|\bmy pleasure\b|\byou're (?:very |most )?welcome\b/,
  invitation:
    /\bplease (?:do )?(?:let (?:me|us) know|don't hesitate|feel free|reach out|get in touch|write (?:to )?(?:me|us)|contact (?:me|us)|ask)\b|\b(?:anything else|any (?:other|more|further) questions?|more questions)\b|\b(?:reach out|write|get in touch|come back) (?:to (?:me|us) )?any ?time\b/,
};

const COLD: Lexicon = {
  dismissal:
    /\bnot (?:my|our) (?:problem|fault|job|responsibility|concern)\b|\bnothing (?:else |more )?(?:i|we) can do\b|\b(?:deal with it|figure it out yourself|tough luck)\b|(?<!\bnot )\btoo bad\b|\bso what[?.!]|\bcan't be bothered\b|\b(?:i|we) (?:don't|do not|couldn't) care\b|(?:^|[.!?] {0,2})whatever[.!]/,
  blame:
    /\b(?:that|this|it)(?:'s| is| was) (?:entirely |all )?your (?:own )?(?:problem|fault|mistake|doing)\b|\byour own (?:fault|mistake|problem|doing)\b|\byou should(?:'ve| have) (?:read|checked|known|thought|looked|asked|listened|paid|been more)\b|\byou (?:failed to|didn't (?:even )?bother|never bothered|clearly didn't)\b|\bsorry (?:that )?you feel\b/,
  scolding:
    /\b(?:calm down|just relax|grow up|be patient for once|watch your tone)\b|\bstop (?:asking|complaining|wasting|whining|bothering)\b|\b(?:don't|do not) (?:bother|waste)\b|\bwast(?:e|ing) (?:my|our) time\b|\b(?:asking|complaining|writing) (?:again|more)? ?(?:won't|will not|doesn't|does not) (?:help|make|change|get)\b/,
  belittling:
    /\b(?:next time|try to|learn to|did you even|maybe),? (?:read|reading|pay attention|listen|think)\b|\b(?:clearly|plainly) (?:stated|written|explained)\b|\balready (?:told|explained (?:this |that |it )?to) you\b|\bas (?:i|we) (?:already|just) (?:said|told|explained)\b|\bwhat (?:else )?did you expect\b|\bwhat else you expected\b|\bobviously,? (?:you|not)\b|\b(?:not that hard|not rocket science|end of the world|common sense)\b/,
  insult:
    /\byou(?:'re| are) (?:so |being |just |really |an? )?(?:stupid|dumb|ridiculous|pathetic|hopeless|clueless|liar)\b|\b(?:idiot|moron|shut up)\b/,
};

/** A negation, an ability or a will, and a verb of helping: "I'm unable to help", "we won't be able to discuss that". */
const REFUSAL =
  /\b(?:i|we) (?:can't|cannot|can not|won't|will not|am unable to|are unable to|am not able to|are not able to|won't be able to|refuse to|must decline to|have to decline to|am not (?:allowed|permitted|comfortable|going|willing) to) (?:really |directly |possibly )?(?:help (?:you )?with|help you\b(?! (?:directly|until|unless))|assist|comply|fulfil|do (?:that|this|so)|answer (?:that|this|such)|discuss|engage|participate|support (?:that|this)|take part|provide (?:that|this|any|such|assistance|advice|instructions|guidance))\b|\b(?:i|we) (?:must|have to|will have to|respectfully|politely) decline\b|\b(?:i|we) (?:can't|cannot) help[.!]|\bagainst (?:my|our) (?:guidelines|policy|policies|programming|principles)\b|\b(?:as an ai|as a language model)[^.!?]{0,80} (?:can't|cannot|unable|not able)\b/;

const NEUTRAL = 0.4;
const WARM_STEP = 0.2;
const COLD_STEP = 0.3;
const MAX_CHARACTERS = 16_000;

/** Curly quotes would hide every contraction; "I'm" and "I am" are the same word here. */
const normalise = (text: string): string =>
  text
    .slice(0, MAX_CHARACTERS)
    .toLowerCase()
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/\s+/g, ' ');

const kindsIn = (lexicon: Lexicon, text: string): string[] =>
  Object.entries(lexicon).flatMap(([kind, pattern]) => (pattern.test(text) ? [kind] : []));

/**
 * Empathy from 0 to 1: 0.4 is neutral, each kind of warm phrase adds 0.2 (three are enough for the most, however long the
 * answer), each kind of cold one takes 0.3. Only the first 16,000 characters count.
 */
export const empathy = (text: string): { value: number; reason: string } => {
  const normalised = normalise(text);
  const warm = kindsIn(WARM, normalised);
  const cold = kindsIn(COLD, normalised);
  const value = Math.min(1, NEUTRAL + warm.length * WARM_STEP) - cold.length * COLD_STEP;
  const told = (kinds: readonly string[]): string => kinds.join(', ') || 'none';
  return {
    value: Math.round(Math.max(0, value) * 100) / 100,
    reason: `warm: ${told(warm)}; cold: ${told(cold)}`,
  };
};

/**
 * Whether the answer declines what was asked of it. That it lacks something (live data, a tool, an order that does not
 * exist) is no refusal, nor is a shop's no with a way out.
 */
export const isRefusal = (text: string): boolean =>
  REFUSAL.test(normalise(text).replaceAll("i'm ", 'i am ').replaceAll("we're ", 'we are '));
