const TIMEOUT_MS = 15_000;
const DEFAULT_URL = 'http://127.0.0.1:8090';

/** Where the commands look for a controller unless told otherwise. */
export const controllerUrl = (): string => process.env['CONTROLLER_URL'] ?? DEFAULT_URL;

/** GETs JSON from a controller. Rejects with its own words, or with what to do if there is none. */
export const getJson = async (url: string, path: string): Promise<unknown> => {
  let response: Response;
  try {
    response = await fetch(url.replace(/\/$/, '') + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Error(`no controller answers at ${url}; start one, or name it with --url or CONTROLLER_URL`);
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(messageOf(text) ?? `the controller answered ${response.status}`);
};

const messageOf = (text: string): string | null => {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return null;
  }
};
