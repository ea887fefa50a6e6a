/** What was asked for can't be done; the message says what can. */
export class WrongUse extends Error {}

/** The one of the values allowed that was given. Throws WrongUse. */
export const oneOf = <T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new WrongUse(`--${name} must be one of ${allowed.join(', ')}${value === undefined ? '' : `, not ${value}`}`);
  return found;
};

/** A whole number within limits. Throws WrongUse. */
export const whole = (name: string, value: string, least: number, most: number): number => {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < least || number > most)
    throw new WrongUse(`--${name} must be a whole number from ${least} to ${most}, not ${value || 'nothing'}`);
  return number;
};

/** Runs a bench; wrong use of it ends with its message and exit code 2. */
export const withUsage = async (help: string, run: () => Promise<void> | void): Promise<void> => {
  try {
    await run();
  } catch (error) {
    if (!isWrongUse(error)) throw error;
    console.error(`${error.message}\n${help}`);
    process.exitCode = 2;
  }
};

/** `parseArgs` throws errors of its own kind for options that there are not. */
const isWrongUse = (error: unknown): error is Error =>
  error instanceof WrongUse ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
