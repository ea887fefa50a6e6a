import { userInfo } from 'node:os';

/** Who asks, unless told otherwise. */
export const whoAmI = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'coalmine';
  }
};
