const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g;

/** An object has the names that it has so far; a list has none, and counts. */
type Level = { names: Set<string> | null; at: string };

const pathOf = (levels: readonly Level[]): string => levels.map(({ at }) => at).join('.');

/**
 * What is wrong with a text that is JSON, beside that: lists and objects nested deeper than `maxDepth`, or a name twice in one
 * object, of which `JSON.parse` silently takes the last. Null if nothing is. One pass over the text.
 */
export const jsonFault = (json: string, maxDepth: number): { path: string; reason: string } | null => {
  const levels: Level[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      levels.push(token === '{' ? { names: new Set(), at: '' } : { names: null, at: '0' });
      if (levels.length > maxDepth)
        return { path: '', reason: `its lists and maps are nested deeper than ${maxDepth}` };
    } else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level?.names === null) level.at = String(Number(level.at) + 1);
    else if (token === ':' && level?.names) {
      const name = JSON.parse(text) as string;
      if (level.names.has(name))
        return {
          path: pathOf(levels.slice(0, -1)),
          reason: `keys must be unique, and ${JSON.stringify(name)} stands there twice`,
        };
      level.names.add(name);
      level.at = name;
    } else text = token;
  }
  return null;
};
