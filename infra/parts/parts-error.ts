/** A part could not be had or started. The message is one line that says what to do; show it without the stack. */
export class PartsError extends Error {
  override name = 'PartsError';
}

const fullDisk = /ENOSPC|no space left on device/i;

/** True if an error, or what a program printed before it failed, says that the disk is full. */
export function saysDiskFull(text: string): boolean {
  return fullDisk.test(text);
}

export function diskFull(folder: string): PartsError {
  return new PartsError(`the disk is full: free about 1 GB where ${folder} lies, then run again`);
}

/** Whatever was thrown, as a PartsError: one that is already passes, a full disk is named, others keep their text. */
export function toPartsError(error: unknown, doing: string, folder: string): PartsError {
  if (error instanceof PartsError) return error;
  const text =
    error instanceof Error ? `${'code' in error ? `${String(error.code)} ` : ''}${error.message}` : String(error);
  if (saysDiskFull(text)) return diskFull(folder);
  return new PartsError(`${doing}: ${text}`, { cause: error });
}
