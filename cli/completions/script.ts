export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may be typed after a command: its own commands, its options, and the values of its first argument. */
export type Words = {
  name: string;
  about: string;
  options: readonly { names: readonly string[]; about: string; takesValue: boolean; choices: readonly string[] }[];
  choices: readonly string[];
  commands: readonly Words[];
};

/** A command by the words that lead to it: `keys create`. */
type At = { path: string; words: Words };

const below = ({ path, words }: At): At[] =>
  words.commands.flatMap((one) => {
    const at = { path: path === '' ? one.name : `${path} ${one.name}`, words: one };
    return [at, ...below(at)];
  });
const allOf = (program: Words): At[] => [{ path: '', words: program }, ...below({ path: '', words: program })];

const single = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const optionNames = ({ options }: Words): string[] => [...options.flatMap(({ names }) => names), '--help'];

/** Options with values of their own. */
const bashCases = (all: readonly At[]): string[] =>
  all.flatMap(({ path, words }) =>
    words.options
      .filter(({ choices }) => choices.length > 0)
      .flatMap(({ names, choices }) =>
        names.map((name) => `    ${single(`${path}:${name}`)}) words=${single(choices.join(' '))} ;;`),
      ),
  );

const bash = (program: Words): string => {
  const all = allOf(program);
  const name = program.name;
  const values = all.flatMap(({ path, words }) =>
    words.options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names.map((one) => `${path}:${one}`)),
  );
  return [
    `# Completion of ${name} for bash.`,
    `_${name}() {`,
    '  local word path="" next words="" current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" i',
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    '    word="${COMP_WORDS[i]}"',
    '    next="${path:+$path }$word"',
    `    case "$next" in ${all
      .slice(1)
      .map(({ path }) => single(path))
      .join('|')}) path="$next" ;; esac`,
    '  done',
    '  case "$path:$before" in',
    ...bashCases(all),
    `    ${values.map(single).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
    '    *)',
    '      case "$path" in',
    ...all.map(({ path, words }) => {
      const may = [...words.commands.map((one) => one.name), ...words.choices];
      return `        ${single(path)}) if [[ $current == -* ]]; then words=${single(optionNames(words).join(' '))}; else words=${single(may.join(' '))}; fi ;;`;
    }),
    '      esac ;;',
    '  esac',
    '  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi',
    '}',
    `complete -o filenames -F _${name} ${name}`,
  ].join('\n');
};

/** Colons and brackets part what zsh reads. */
const zshText = (text: string): string => firstLine(text).replaceAll(/[[\]:\\]/g, String.raw`\$&`);

const zshOption = ({ names, about, takesValue, choices }: Words['options'][number]): string => {
  const value = !takesValue ? '' : choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
  const shown = `[${zshText(about)}]${value}`;
  return names.length > 1 ? `{${names.join(',')}}${single(shown)}` : single(`${names[0]}${shown}`);
};

const zshFunction = (program: string, { path, words }: At): string[] => {
  const own = `_${[program, ...path.split(' ')].filter(Boolean).join('_').replaceAll('-', '_')}`;
  const options = words.options.map(zshOption);
  if (words.commands.length === 0) {
    const value = words.choices.length > 0 ? `'1:value:(${words.choices.join(' ')})'` : "'*:file:_files'";
    return [`${own}() {`, `  _arguments ${[...options, value].join(' ')}`, '}'];
  }
  const commands = words.commands.map((one) => single(`${one.name}:${zshText(one.about)}`));
  return [
    `${own}() {`,
    '  local -a commands',
    `  commands=(${commands.join(' ')})`,
    `  _arguments -C ${[...options, "'1:command:->command'", "'*::rest:->rest'"].join(' ')}`,
    '  case $state in',
    "    command) _describe 'command' commands ;;",
    '    rest) case $words[1] in',
    ...words.commands.map((one) => `      ${one.name}) ${own}_${one.name.replaceAll('-', '_')} ;;`),
    '    esac ;;',
    '  esac',
    '}',
  ];
};

const zsh = (program: Words): string => {
  const { name } = program;
  const functions = allOf(program)
    .toReversed()
    .flatMap((at) => zshFunction(name, at));
  return [`#compdef ${name}`, `# Completion of ${name} for zsh.`, ...functions, `compdef _${name} ${name}`].join('\n');
};

const fish = (program: Words): string => {
  const { name } = program;
  const lines = allOf(program).flatMap(({ path, words }) => {
    const steps = path === '' ? [] : path.split(' ');
    const seen = steps.map((step) => `__fish_seen_subcommand_from ${step}`);
    const none =
      words.commands.length === 0
        ? []
        : [`not __fish_seen_subcommand_from ${words.commands.map((one) => one.name).join(' ')}`];
    const when = (conditions: readonly string[]): string =>
      conditions.length === 0 ? '' : ` -n ${single(conditions.join('; and '))}`;
    const tell = (about: string): string => ` -d ${single(firstLine(about))}`;
    return [
      ...words.commands.map(
        (one) => `complete -c ${name} -f${when([...seen, ...none])} -a ${one.name}${tell(one.about)}`,
      ),
      ...words.choices.map((choice) => `complete -c ${name} -f${when(seen)} -a ${choice}`),
      ...words.options.map(({ names, about, takesValue, choices }) => {
        const flags = names
          .map((one) => (one.startsWith('--') ? ` -l ${one.slice(2)}` : ` -s ${one.slice(1)}`))
          .join('');
        const value = !takesValue ? '' : choices.length > 0 ? ` -x -a ${single(choices.join(' '))}` : ' -r';
        return `complete -c ${name}${when(seen)}${flags}${value}${tell(about)}`;
      }),
    ];
  });
  return [`# Completion of ${name} for fish.`, ...lines].join('\n');
};

const SCRIPTS: Record<Shell, (program: Words) => string> = { bash, zsh, fish };

/** The program's completion for a shell, as a script. */
export const completionScript = (shell: Shell, program: Words): string => SCRIPTS[shell](program);
