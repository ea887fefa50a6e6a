/** Where a promotion takes two people, what one of them asked for is forgotten after this. */
export const APPROVAL_FOR_MS = 24 * 3_600_000;
