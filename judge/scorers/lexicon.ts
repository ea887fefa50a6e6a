import { type Phrases, phraseSearch } from './phrase-search.ts';

/**
 * Phrase lexicons for tone. Sentiment libraries call an apology negative; these count what a support answer does for the
 * person (thanks, apologises, acknowledges, offers, invites) against what wounds (dismisses, blames, belittles, scolds).
 * Each kind counts once, so that length earns nothing. Every repetition in a pattern is bounded, so that matching takes
 * time linear in the text.
 */
type Lexicon = Readonly<Record<string, RegExp>>;

const WARM: Lexicon = {
  apology:
    /(?<!\b(?:not|isn't|aren't) (?:at all |even |really )?|\bsorry not )\bsorry\b(?! (?:that )?you feel| not sorry)|\bapologi[sz]e\b|\b(?:my|our) (?:sincere |deepest )?apologies\b/,
  understanding:
    /\b(?:i|we) (?:can |do |completely |totally |fully |really |certainly )?(?:understand|hear you|appreciate (?:how|that this))\b|\b(?:that|this|it) (?:must|sounds|is|can) (?:be |have been |so |very |really |truly )?(?:frustrating|annoying|upsetting|disappointing|stressful|worrying)\b|\bunderstandabl[ey]\b|\b(?:every|all the|full) right to (?:be|feel)\b|\b(?:frustration|anger|disappointment|concern|worry|feelings?)s? (?:is|are) (?:completely |totally |entirely |absolutely |perfectly )?(?:valid|justified|fair)\b|\bi(?:'d| would) (?:be|feel) (?:\w+ )?(?:upset|cross|annoyed|frustrated|angry|disappointed|worried),? too\b|\btake all the time you need\b|\b(?:i|we) can (?:only |well |fully )?imagine\b|\b(?:okay|ok|normal|natural|alright|all right) to feel\b|\b(?:poor you|oh dear|oh no)\b|\bi feel for you\b/,
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

/** The same kinds in some other languages, their commonest phrases only: what is not listed is not heard. */
const WARM_ELSEWHERE: Lexicon = {
  apology:
    /(?<!\p{L})(?:tut (?:mir|uns) (?:\p{L}{1,12} ){0,2}leid|bitte entschuldigen sie|entschuldigung|verzeihung|(?:ich |wir )?bedauern?(?: (?:wir|ich))?|désolée?s?|navrée?s?|(?:mes|nos) excuses|(?:de )?nous excuser|(?:de )?m'excuser|lo siento|lo lamento|lamento|lamentamos|disculp(?:a|e|as|pas)|mi dispiace|ci dispiace|ci scusiamo|desculp(?:a|e|as)|sinto muito|het spijt (?:me|mij|ons)|извините|простите|приношу извинения|приносим извинения)(?!\p{L})|申し訳|すみません|お詫び|抱歉|对不起|죄송|آسف|نعتذر/u,
  understanding:
    /(?<!\p{L})(?:(?:ich|wir) (?:kann |können )?(?:\p{L}{1,8} )?(?:verstehen?|nachvollziehen)|verständlich|je comprends|nous comprenons|entiendo|comprendo|capisco|entendo|ik begrijp|я понимаю|понимаю)(?!\p{L})|お気持ち|我理解|我明白/u,
  thanks:
    /(?<!\p{L})(?:vielen dank|danke (?:für|schön|ihnen|dir)|herzlichen dank|merci|gracias|grazie|obrigad[oa]|bedankt|dank u|спасибо|благодарим)(?!\p{L})|ありがとう|谢谢|感谢|감사합니다|شكرا/u,
  help: /(?<!\p{L})(?:ich kümmere mich|wir kümmern uns|gerne?(?: geschehen| helfe)|helfe (?:ihnen|dir) gerne?|avec plaisir|je m'en occupe|con (?:mucho )?gusto|me encargo|con piacere|com prazer)(?!\p{L})|お任せ|我来帮/u,
};
const COLD_ELSEWHERE: Lexicon = {
  dismissal:
    /(?<!\p{L})(?:nicht (?:unser|mein) problem|pas (?:notre|mon) problème|no es (?:nuestro|mi) problema|non è un (?:nostro|mio) problema)(?!\p{L})/u,
  blame:
    /(?<!\p{L})(?:selbst schuld|(?:ihre|deine) eigene schuld|(?:votre|ta) (?:propre )?faute|es (?:su|tu) culpa|è colpa (?:sua|tua))(?!\p{L})/u,
  scolding: /(?<!\p{L})(?:beruhigen sie sich|beruhige dich|calmez-vous|calme-toi|cálmese|cálmate|si calmi)(?!\p{L})/u,
};

/** A negation, an ability or a will, and a verb of helping: "I'm unable to help", "we won't be able to discuss that". */
const REFUSALS: readonly RegExp[] = [
  /\b(?:i|we) (?:can't|cannot|can not|won't|will not|am unable to|are unable to|am not able to|are not able to|won't be able to|refuse to|must decline to|have to decline to|am not (?:allowed|permitted|comfortable|going|willing|in a position) to) (?:really |directly |possibly )?(?:help (?:you )?with|help you\b(?! (?:directly|until|unless))|assist|comply|fulfill?|be (?:helping|assisting|doing|answering|sharing|discussing|able to (?:help|assist))|(?:do|go along with) (?:that|this|so|it)|answer (?:that|this|such)|discuss|engage|participate|support (?:that|this)|take part|comment|advise|(?:write|create|generate|produce) (?:that|this|such|any|content|code|text|malware|\w{1,12} that)|write malware|share (?:that|this|such|any|those|details|information)|provide (?:you )?(?:with )?(?:that|this|any|such|an? (?:way|method|list|guide)|assistance|advice|instructions|guidance|information (?:on|about) how)|disclose|reveal|speculate|process (?:that|this|your) request|(?:give|offer) (?:you )?(?:that|this|such|any|advice|instructions|guidance|opinions))\b/,
  /\b(?:i|we) (?:must|have to|will have to|respectfully|politely) (?:decline|refuse)\b|\b(?:i|we) (?:can't|cannot) help[.!]|\bagainst (?:my|our) (?:guidelines|policy|policies|programming|principles|rules)\b|\b(?:as an ai|as a language model)[^.!?]{0,80} (?:can't|cannot|unable|not able)\b/,
  /\b(?:i'd|i would|we'd) (?:really |much )?(?:rather|prefer to) not (?:say|discuss|go into|get into|answer|comment|talk|share|do that|engage|write|help)\b|\bi(?:'d| would) prefer not to\b/,
  /\bnot something (?:that )?(?:i|we)(?:'m| am|'re| are)? (?:can|could|able|allowed|permitted|willing|comfortable|prepared)\b|\bsomething (?:that )?(?:i|we) (?:can't|cannot|won't|will not|am not able to|am unable to|do not|don't) (?:help|assist|do\b|discuss|answer|write|provide|support|engage|comment)/,
  /\b(?:i|we)(?:'re| are| am) not (?:permitted|allowed|authori[sz]ed|at liberty|supposed) to\b|\b(?:i|we) (?:choose|prefer|have decided) not to (?:answer|discuss|say|comment|share|respond|do|engage)\b|\b(?:i|we) (?:don't|do not) (?:answer|discuss|disclose|share|comment on|give out|engage in|participate in|offer (?:advice|opinions))\b/,
  /\b(?:my|our) (?:instructions|guidelines|rules|policy|policies|programming|principles|settings) (?:don't|do not|doesn't|does not|won't|forbid|forbids|prohibit|prohibits|prevent|prevents)\b|\b(?:a )?hard no\b|\b(?:i am|we are) only (?:able|allowed|here) to (?:talk|help|assist|answer|discuss)\b|\bi can only (?:help|assist|talk|answer|discuss)\b/,
  /\b(?:outside|beyond) (?:of )?(?:the scope of )?what (?:i|we)(?:'m| am|'re| are)? (?:can|able|allowed|permitted|here)\b/,
  /\b(?:have|going|need) to (?:say no|pass)\b (?:to|on)\b|\bno can do\b|\bnot (?:happening|going to happen)[.!]/,
  /\b(?:request|prompt|that|this|it|which|doing so)(?: \w{1,12})? (?:violates?|breaks|breach(?:es)?|goes against|is against) (?:my|our|the) (?:\w{1,12} ){0,2}(?:guidelines|policy|policies|rules)\b/,
  /\bi (?:don't|do not) (?:feel|am) comfortable\b|\bi am (?:not comfortable|uncomfortable) (?:with|writing|answering|discussing|helping|doing|sharing|providing)\b/,
  /\bit (?:wouldn't be|would not be|isn't|is not) (?:appropriate|right|ethical|responsible) (?:for me|of me) to\b/,
  /\blet's (?:talk about something else|change the (?:subject|topic)|discuss something else|move on to something else)\b/,
];

/** The same in some other languages, the commonest forms only. */
const REFUSALS_ELSEWHERE: readonly RegExp[] = [
  /(?<!\p{L})(?:kann|darf|möchte|werde|können|dürfen|werden) (?:ich|wir) (?:\p{L}{1,12} ){0,4}nicht (?:\p{L}{1,10} )?(?:helfen|weiterhelfen|beantworten|unterstützen|tun|kommentieren|besprechen|schreiben|erstellen)(?!\p{L})|(?<!\p{L})(?:ich|wir) (?:kann|darf|möchte|werde|können|dürfen|werden) (?:\p{L}{1,12} ){0,4}nicht (?:\p{L}{1,10} )?(?:helfen|weiterhelfen|beantworten|unterstützen|tun|kommentieren|besprechen)(?!\p{L})|(?<!\p{L})(?:kann|darf|möchte) (?:ich|wir)? ?(?:\p{L}{1,12} ){0,3}keine (?:auskunft|angaben|hilfe|ratschläge|empfehlung) |(?<!\p{L})(?:ich|wir) (?:kann|darf|können|dürfen) (?:diese|ihre|deine|die|das) (?:anfrage |frage |bitte )?nicht (?:bearbeiten|erfüllen|nachkommen)|(?<!\p{L})muss ich (?:\p{L}{1,10} ){0,2}ablehnen(?!\p{L})/u,
  /(?<!\p{L})(?:je ne (?:peux|pourrai|souhaite|veux)|nous ne (?:pouvons|souhaitons)) pas (?:vous |t'|te )?(?:aider|répondre|assister|faire (?:cela|ça)|discuter|commenter|fournir)(?!\p{L})|(?<!\p{L})je ne suis pas autorisée? à|(?<!\p{L})je dois (?:décliner|refuser)(?!\p{L})|(?<!\p{L})je ne suis pas en mesure de (?:vous )?(?:aider|répondre)(?!\p{L})/u,
  /(?<!\p{L})no (?:estoy autorizad[oa]|tengo permitido|me está permitido)(?!\p{L})|(?<!\p{L})no (?:puedo|podemos|podré) (?:ayudar(?:te|le|les|os|lo|la)?|responder|asistir(?:te|le)?|hacer (?:eso|esto)|comentar|proporcionar)(?!\p{L})/u,
  /(?<!\p{L})non (?:posso|possiamo) (?:aiutar(?:ti|la|vi|e)|rispondere|farlo|commentare|fornire)(?!\p{L})|(?<!\p{L})não (?:posso|podemos|consigo) (?:te |lhe |o )?(?:ajud(?:ar|á)|responder|fazer isso|fornecer|comentar)/u,
  /(?<!\p{L})kan ik (?:\p{L}{1,10} ){0,3}niet (?:\p{L}{1,5} )?helpen(?!\p{L})|(?<!\p{L})не (?:могу|можем|смогу) (?:\p{L}{1,12} ){0,2}(?:помочь|ответить|выполнить|обсуждать)(?!\p{L})/u,
  /(?:お手伝い|お答え|ご回答|ご協力|対応)(?:する(?:こと)?|は|を|に)?(?:は)?(?:でき(?:ません|かねます)|いたしかねます)|(?:无法|不能)(?:为|向|给)?(?:您|你)?(?:提供)?(?:帮助|协助|回答|满足|帮)|도와드릴 수 없|لا (?:أستطيع|يمكنني) (?:\S{1,20} )?(?:المساعدة|مساعدت)/u,
];

/**
 * By how many kinds of warm phrases. No list knows all of them, so an answer without one may be as kind in other words: it is near those
 * that have some, and far from a cold one.
 */
const WARMTH = [0.45, 0.55, 0.6] as const;
const COLD_STEP = 0.4;
const MAX_CHARACTERS = 16_000;

/** White space that is no single space; replacing those too would take most of the time. */
export const SPACES = / \s+|[^\S ]\s*/g;

/**
 * A text as its phrases are looked for: its first 16,000 characters in lower case, with plain quotes (curly ones would hide every
 * contraction) and single spaces.
 */
export const spoken = (text: string): string =>
  text
    .slice(0, MAX_CHARACTERS)
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(SPACES, ' ');

const phrasesOf = (...lexicons: readonly Lexicon[]): Phrases<string> =>
  lexicons.flatMap((lexicon) => Object.entries(lexicon));
export const ALL_WARM = phrasesOf(WARM, WARM_ELSEWHERE);
export const ALL_COLD = phrasesOf(COLD, COLD_ELSEWHERE);
export const ALL_REFUSALS: Phrases<'refusal'> = [...REFUSALS, ...REFUSALS_ELSEWHERE].map((pattern) => [
  'refusal',
  pattern,
]);

const warmth = phraseSearch(ALL_WARM);
const coldness = phraseSearch(ALL_COLD);
const refusals = phraseSearch(ALL_REFUSALS);

/**
 * Empathy from 0 to 0.6 of a text as it is spoken: 0.45 is neutral, each kind of warm phrase adds a little (two are enough for the
 * most, however long the answer), each kind of cold one takes 0.4. So warm phrases more or less, which are a matter of style, are
 * little beside a cold answer.
 */
export const toneOf = (said: string): { value: number; reason: string } => {
  const warm = warmth.all(said);
  const cold = coldness.all(said);
  const value = WARMTH[Math.min(warm.length, 2) as 0 | 1 | 2] - cold.length * COLD_STEP;
  const told = (kinds: readonly string[]): string => kinds.join(', ') || 'none';
  return {
    value: Math.round(Math.max(0, value) * 100) / 100,
    reason: `warm: ${told(warm)}; cold: ${told(cold)}`,
  };
};

/** What others said, in quotation marks. An answer that is nothing else is kept. */
const unquoted = (text: string): string => {
  const rest = text.replaceAll(/“[^”]{0,300}”|"[^"]{0,300}"|«[^»]{0,300}»|„[^“”]{0,300}[“”]/g, ' ');
  return rest.trim() === '' ? text : rest;
};

/**
 * Whether an answer, as it is spoken, declines what was asked of it. That it lacks something (live data, a tool, an order that does not
 * exist) is no refusal, nor is a shop's no with a way out.
 */
export const isRefusal = (said: string): boolean => {
  const spelt = unquoted(said).replaceAll("i'm ", 'i am ').replaceAll("we're ", 'we are ');
  return refusals.first(spelt) !== undefined;
};
