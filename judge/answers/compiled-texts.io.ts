import { setFlagsFromString } from 'node:v8';

/**
 * From now on this process does not keep the texts that became functions, as ajv makes one of each schema: V8 (of Node 22) remembers each
 * of them to find it again, and forgets none.
 */
export const forgetCompiledTexts = (): void => setFlagsFromString('--no-compilation-cache');
