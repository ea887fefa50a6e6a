import type { Json } from './json-value.ts';

const MEMBERS = ['previous_response_id', 'conversation'];

/** Whether what went before a request stands with the provider, and not in the request. */
export const goesOnFromEarlier = (request: Json): boolean => MEMBERS.some((name) => (request[name] ?? null) !== null);
