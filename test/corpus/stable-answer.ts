/** What the stable version of the agent `pair` says, whatever it is asked. */
export const STABLE_ANSWER = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'From stable.' }, finish_reason: 'stop' }],
});
