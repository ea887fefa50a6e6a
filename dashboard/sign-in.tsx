import { useState } from 'preact/hooks';
import { Refused } from './api/refused.ts';
import { signIn } from './api/session.ts';
import { RefusalNote } from './parts/shown.tsx';

/** Asks for a key, where the controller wants one. */
export const SignIn = ({ onSignedIn }: { onSignedIn: () => void }) => {
  const [key, setKey] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const send = async (): Promise<void> => {
    try {
      await signIn(key.trim());
      onSignedIn();
    } catch (error) {
      setRefused(error instanceof Refused ? error : new Refused(0, 'the controller does not answer'));
    }
  };
  return (
    <section class="card sign-in">
      <h1>Sign in</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label>
          Your key for the controller
          <input
            type="password"
            name="key"
            autocomplete="current-password"
            required
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {refused !== null && <RefusalNote refused={refused} />}
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      <p class="muted">
        <code>npm start</code> says where its key lies. Elsewhere somebody with the role <code>admin</code> makes you
        one: <code>npm run keys -- create --name you --role view</code>. To act takes the role <code>operate</code>.
      </p>
    </section>
  );
};
