/** The slice name of the whole; any other is `label=value`. */
export const ALL = '_all';
