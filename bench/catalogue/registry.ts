import { BROKEN } from './broken.ts';
import type { Candidate } from './candidate.ts';
import { HARMLESS } from './harmless.ts';

/** Every candidate of the catalogue. A new one is an entry in one of the two lists. */
export const CANDIDATES: readonly Candidate[] = [...BROKEN, ...HARMLESS];
