import { z } from 'zod';
import { TOOL } from './agent/script.ts';

/** The tool that libraries offer, and the form of the JSON that they ask for. */
export const Arguments = z.object({ city: z.string() });
export const Weather = z.object({ city: z.string(), celsius: z.number() });

export const TOOL_DESCRIPTION = 'The weather in a city.';

/** As OpenAI's API wants it. */
export const OPENAI_TOOL = {
  type: 'function' as const,
  function: {
    name: TOOL,
    description: TOOL_DESCRIPTION,
    parameters: {
      type: 'object' as const,
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};
