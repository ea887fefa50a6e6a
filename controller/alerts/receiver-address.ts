/** Why messages may not go to an address; null if they may, and of what has none. Never says more of it than its origin. */
export const whyNoAddress = (address: string | null, origins: readonly string[]): string | null => {
  if (address === null) return null;
  const { origin } = new URL(address);
  if (origins.includes(origin)) return null;
  const allowed = origins.length === 0 ? 'it allows none' : `it allows ${origins.join(', ')}`;
  return `leads to ${origin}; the controller's operator must allow that with CONTROLLER_WEBHOOK_ORIGINS: ${allowed}`;
};
