import { appliesOf, registeredMetric } from '../metrics.ts';
import { readOwnKey } from '../own-metric-key.ts';

/** A metric in the words of sentences. */
export type MetricWords = {
  /** What it is about: "errors". */
  noun: string;
  /** What is said of a version that is worse in it: "v2 fails more often". */
  worse: string;
  /** What it is counted of: "requests". */
  of: string;
  /** Of a rate: what a bad one of these did. */
  bad?: string;
  /** Of a measure: what one beyond a limit did, before the limit. */
  beyond?: string;
};

const rate = (noun: string, worse: string, bad: string, of = 'answers'): MetricWords => ({ noun, worse, bad, of });
const score = (noun: string, worse: string): MetricWords => ({ noun, worse, of: 'answers' });
const measure = (noun: string, worse: string, beyond: string): MetricWords => ({ noun, worse, beyond, of: 'answers' });

/** Every metric that may stand in a rollout, by the name of its row: `latency_p50` has the words of `latency`. */
const WORDS: Readonly<Record<string, MetricWords>> = {
  error_rate: rate('errors', 'fails more often', 'failed', 'requests'),
  left_midway: rate(
    'streams that were left',
    'is left by its users in mid-answer more often',
    'were left in mid-answer',
    'streams',
  ),
  latency: measure('response time', 'is slower', 'took longer than'),
  first_token: measure('time to the first token', 'begins to answer later', 'took longer to begin than'),
  cost: measure('cost', 'costs more', 'cost more than'),
  tokens: measure('tokens', 'uses more tokens', 'took more tokens than'),
  throughput: measure('writing speed', 'writes more slowly', 'were written more slowly than'),
  length: measure('length', 'writes longer answers', 'were longer than'),
  judge_cost: measure('cost of judging', 'costs more to judge', 'cost more to judge than'),
  task_success: rate('solved tasks', 'solves fewer tasks', 'did not solve the task', 'answers with a reference'),
  tool_accuracy: score('right tool calls', 'makes fewer right tool calls'),
  tool_validity: rate(
    'valid tool calls',
    'calls tools wrongly more often',
    'called a tool wrongly',
    'answers with tool calls',
  ),
  tool_errors: rate('failing tool calls', 'has more failing tool calls', 'had a failing call', 'answers with tools'),
  json_validity: rate('valid JSON', 'writes broken JSON more often', 'were broken JSON', 'answers that had to be JSON'),
  reference_match: score('match with the reference', 'is further from the reference answers'),
  toxicity: rate('toxicity', 'is toxic more often', 'were toxic'),
  pii_leak: rate('leaked personal data', 'gives away personal data more often', 'gave away personal data'),
  empathy: score('empathy', 'is less empathetic'),
  refusal: rate('refusals', 'refuses more often', 'refused'),
  empty_answer: rate('empty answers', 'gives empty answers more often', 'were empty'),
  cut_answer: rate('cut answers', 'breaks off more often', 'were cut off'),
  degenerate: rate(
    'answers that are none',
    'gives answers that are none more often',
    'were a loop, an echo or foreign',
  ),
  faithfulness: score('faithfulness to the sources', 'keeps less to its sources'),
  hallucination: rate('made-up claims', 'makes things up more often', 'claimed what no source says'),
  answer_relevancy: score('relevance', 'answers less to the point'),
  task_completion: score('task completion', 'completes less of its tasks'),
  semantic_similarity: score('likeness to the live answers', 'says something else'),
  thumbs_down: rate('thumbs down', 'gets a thumbs down more often', 'got a thumbs down', 'rated answers'),
  rating: { noun: 'ratings', worse: 'is rated lower', of: 'rated answers' },
  reported_success: rate(
    'reported success',
    'is reported successful less often',
    'were reported as no success',
    'answers that clients reported on',
  ),
};

/** Of a metric that an agent's document declares nothing is known but its name. */
const ownWords = ({ name, family, better }: NonNullable<ReturnType<typeof readOwnKey>>): MetricWords => {
  const noun = name.replaceAll('_', ' ');
  const words = { noun, worse: `is worse in ${noun}`, of: 'scored answers' };
  if (family !== 'rate') return words;
  return { ...words, bad: better === 'lower' ? `counted as ${noun}` : `did not count as ${noun}` };
};

/** The words of a metric; a rubric's, an event's and a newer controller's are made from its name. */
export const metricWords = (name: string): MetricWords => {
  const own = readOwnKey(name);
  if (own !== null) return ownWords(own);
  const applies = appliesOf(name);
  if (applies !== null) return appliesWords(applies);
  const known = WORDS[registeredMetric(name)?.rows ?? name];
  return known ?? { noun: name, worse: `is worse in ${name}`, of: 'answers' };
};

/** What is said of a version to whose answers a metric applies less often than to the other's. */
const appliesWords = (metric: string): MetricWords => ({
  noun: `answers that ${metric} applies to`,
  worse: `gives ${FEWER[metric] ?? `fewer answers that ${metric} applies to`}`,
  bad: `were none that ${metric} applies to`,
  of: 'answers',
});

const FEWER_TEXTS = 'fewer answers in words';
/** Where a metric applies to a kind of answer that has a name. */
const FEWER: Readonly<Record<string, string>> = {
  tool_validity: 'fewer answers that call tools',
  cut_answer: FEWER_TEXTS,
  degenerate: FEWER_TEXTS,
  toxicity: FEWER_TEXTS,
  pii_leak: FEWER_TEXTS,
  empathy: FEWER_TEXTS,
  refusal: FEWER_TEXTS,
  length: FEWER_TEXTS,
};
