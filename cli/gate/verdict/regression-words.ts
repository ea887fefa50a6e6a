import { countText, plainText } from '../../../schemas/sentence/figures.ts';
import { isGeometric, type Regression } from './regression.ts';
import { amountText, chanceOf, directionText, leftOutText, percentText, sizeText, subjectText } from './row-words.ts';

/** What a comparison comes to. */
export type Finding =
  | 'no baseline'
  | 'nothing compared'
  | 'real drop'
  | 'flips between repeats'
  | 'too many missing'
  | 'applies less'
  | 'too few'
  | 'perhaps chance'
  | 'within';

/** "fell by 7 %, from 80 % to 74.4 %". */
const changeText = ({ ask, candidate, baseline, dropPct }: Regression): string => {
  if (candidate === null || baseline === null || dropPct === null) return '';
  const [from, to] = [amountText(ask, baseline), amountText(ask, candidate)];
  const means = isGeometric(ask) ? ' (geometric means)' : '';
  if (dropPct === 0) return `is the same, ${to}${means}`;
  const by = Number.isFinite(dropPct) ? ` by ${percentText(Math.abs(dropPct))},` : '';
  return `${directionText(ask, dropPct > 0)}${by} from ${from} to ${to}${means}`;
};

const flipText = ({ ask, drops }: Regression): string => {
  const [least, most] = [Math.min(...drops), Math.max(...drops)];
  return `by single repeats it is worse by ${plainText(least)} to ${percentText(most)}, on both sides of the ${percentText(ask.threshold)} allowed; ask more questions, or more often`;
};

/** What is said of a comparison, in pieces. `p` is adjusted; of `applies less` that of whether it applies. */
type Told = {
  regression: Regression;
  subject: string;
  change: string;
  allowed: string;
  chance: string;
  size: string;
  needed: number;
  leftOut: string;
};

const SAYS: Readonly<Record<Finding, (told: Told) => string>> = {
  'no baseline': ({ subject }) => `${subject} has no baseline to be compared with`,
  'nothing compared': ({ subject, regression, leftOut }) =>
    `${subject} has no value on both sides in any of ${countText(regression.counts.questions)} questions${leftOut}`,
  'real drop': ({ change, allowed, chance, size, leftOut }) =>
    `${change}, more than the ${allowed}, and not by chance: ${chance} ${size}${leftOut}`,
  'flips between repeats': ({ change, chance, size, regression, leftOut }) =>
    `${change}, not by chance: ${chance} ${size}; ${flipText(regression)}${leftOut}`,
  'too many missing': ({ change, size, leftOut }) => `${change} ${size}${leftOut}, which is too many to tell`,
  'applies less': ({ change, size, chance, leftOut }) =>
    `${change} ${size}, but applies to fewer of the candidate's answers, not by chance: ${chance}${leftOut}`,
  'too few': ({ change, size, needed, leftOut }) =>
    `${change} ${size}: too few to tell a drop from chance, ${countText(needed)} are needed${leftOut}`,
  'perhaps chance': ({ change, size, chance, leftOut }) => `${change} ${size}, could be chance: ${chance}${leftOut}`,
  within: ({ change, allowed, regression, size, leftOut }) =>
    `${change}${(regression.dropPct ?? 0) > 0 ? `, within the ${allowed}` : ''} ${size}${leftOut}`,
};

/** `needed`: clusters with which a drop could be told from chance. */
export const regressionSentence = (
  regression: Regression,
  finding: Finding,
  { p, needed }: { p: number; needed: number },
): string => {
  const { ask, counts, slice } = regression;
  const subject = subjectText({ name: ask.name, slice });
  return SAYS[finding]({
    regression,
    subject,
    change: `${subject} ${changeText(regression)}`,
    allowed: `${percentText(ask.threshold)} allowed`,
    chance: chanceOf(p),
    size: sizeText(counts),
    needed,
    leftOut: leftOutText(counts),
  });
};
