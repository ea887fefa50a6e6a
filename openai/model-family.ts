/** Names of models by whose training they are; the first that fits counts. */
const FAMILIES: readonly (readonly [family: string, names: RegExp])[] = [
  ['gpt', /^(gpt|chatgpt|davinci|text-davinci|o[1-9](-|$))/],
  ['claude', /^claude/],
  ['gemini', /^(gemini|gemma|palm|bison)/],
  ['mistral', /^(mistral|mixtral|ministral|codestral|magistral|pixtral|open-mi[sx]tral)/],
  ['qwen', /^(qwen|qwq|qvq)/],
  ['deepseek', /^deepseek/],
  ['grok', /^grok/],
  ['command', /^(command|c4ai|aya)/],
  ['phi', /^phi[-\d]/],
  ['nova', /^(nova|titan)/],
  ['glm', /^(glm|chatglm)/],
  ['kimi', /^(kimi|moonshot)/],
  ['llama', /^(meta-llama|llama|codellama|vicuna|tulu)/],
];

/**
 * The family of a model by its name, '' where the name tells none. Provider and account before the model's own name
 * (`openai/gpt-4o`, `us.anthropic.claude-3`, `accounts/x/models/llama-v3`) are let pass.
 */
export const familyOfModel = (name: string): string => {
  const starts = name.toLowerCase().split(/[/:.@]/);
  for (const start of starts.toReversed()) for (const [family, names] of FAMILIES) if (names.test(start)) return family;
  return '';
};

const MODEL_MEMBER = /"model"\s*:\s*"([^"\\]{1,128})"/;
const WITHIN_CHARACTERS = 2_000;

/** The model that a captured answer says it is from, '' if it says none near its beginning. Only ever shown as a warning. */
export const modelInBody = (text: string): string => MODEL_MEMBER.exec(text.slice(0, WITHIN_CHARACTERS))?.[1] ?? '';
