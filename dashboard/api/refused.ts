/** An answer of the controller other than 2xx, in its own words. A status of 0 is no answer at all. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whatever was thrown, as a refusal. */
export const asRefused = (error: unknown): Refused =>
  error instanceof Refused ? error : new Refused(0, String(error));

/** The problem's detail; of a body that is none, the status. */
export const refusalOf = (status: number, text: string): Refused => {
  try {
    const told: unknown = JSON.parse(text);
    if (typeof told === 'object' && told !== null && 'detail' in told && typeof told.detail === 'string')
      return new Refused(status, told.detail);
  } catch {
    // Some proxy's page; the status says enough.
  }
  return new Refused(status, `the controller answered ${status}`);
};
