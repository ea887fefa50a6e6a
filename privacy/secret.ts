import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/** Hinges on letters that are rare in prose, so that it costs a fifth of looking for each key's sign. */
const ANY_SIGN =
  /[-_AJBS](?:(?<=(?:sk|glpat|xox[abeoprs]|----)-|(?:gh[oprsu]|hf|npm|k_live|k_test|github_pat|whsec)_)|(?<=A)(?:KIA|SIA|Iza)|(?<=eyJ)|(?<=B)earer|(?<=S)G\.)/;

/**
 * Keys by the prefix that their makers gave them so that they be found. Each pattern is looked for only where `sign` is in
 * the text. All start at a word's beginning and end in one open class, so that a hostile run is read once.
 */
const SECRETS: readonly { sign: string; pattern: RegExp }[] = [
  { sign: 'sk-', pattern: /(?<!\w)sk-(?=[\w-]{0,64}\d)[\w-]{16,}/g },
  { sign: 'k_live_', pattern: /(?<![A-Za-z0-9])[prs]k_live_[A-Za-z0-9]{10,}/g },
  { sign: 'k_test_', pattern: /(?<![A-Za-z0-9])[prs]k_test_[A-Za-z0-9]{10,}/g },
  { sign: 'whsec_', pattern: /(?<!\w)whsec_[A-Za-z0-9+/]{16,}/g },
  { sign: 'AKIA', pattern: /(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { sign: 'ASIA', pattern: /(?<![A-Za-z0-9])ASIA[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { sign: 'gh', pattern: /(?<![A-Za-z0-9])gh[oprsu]_[A-Za-z0-9]{20,}/g },
  { sign: 'github_pat_', pattern: /(?<!\w)github_pat_\w{20,}/g },
  { sign: 'glpat-', pattern: /(?<![\w-])glpat-[\w-]{16,}/g },
  { sign: 'xox', pattern: /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { sign: 'AIza', pattern: /(?<![\w-])AIza[\w-]{35,}/g },
  { sign: 'hf_', pattern: /(?<!\w)hf_[A-Za-z0-9]{30,}/g },
  { sign: 'npm_', pattern: /(?<!\w)npm_[A-Za-z0-9]{36,}/g },
  { sign: 'SG.', pattern: /(?<![\w.-])SG\.[\w-]{16,32}\.[\w-]{16,}/g },
  { sign: 'eyJ', pattern: /(?<![\w.-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*(?:\.[\w-]*){0,2}/g },
  { sign: 'earer', pattern: /(?<!\w)[Bb]earer[ \t]{1,4}(?=[\w.~+/-]{0,64}\d)[\w.~+/-]{16,}={0,2}/g },
  {
    sign: '-----BEGIN',
    pattern: /-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z ]{0,40}-----)?/g,
  },
];

export const findSecrets = (text: string, hits: PiiHit[], effort: Effort): void => {
  if (!ANY_SIGN.test(text) && !text.includes('bearer')) return;
  for (const { sign, pattern } of SECRETS) {
    if (!text.includes(sign)) continue;
    for (const { 0: secret, index: start } of text.matchAll(pattern)) {
      if (!spend(effort, STEPS.hit)) return;
      hits.push({ kind: 'secret', start, end: start + secret.length });
    }
  }
};
