/** A body as one reads it: JSON in lines, all else as it is. */
export const bodyText = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};
