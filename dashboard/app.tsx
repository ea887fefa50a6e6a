import { useEffect, useRef, useState } from 'preact/hooks';
import { changes, connection, type Connection } from './api/live.ts';
import { asRefused, type Refused } from './api/refused.ts';
import { isSignedIn, signOut, who } from './api/session.ts';
import { Badge } from './parts/badge.tsx';
import { RefusalNote } from './parts/shown.tsx';
import { linkTo, route } from './route.ts';
import { SignIn } from './sign-in.tsx';
import { VIEWS } from './views/registry.ts';

const CONNECTED: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting …',
  live: 'Live',
  polling: 'Asked every 3 s',
  lost: 'Connection lost, trying again',
};

const ConnectionSign = () => (
  <p class={`connection ${connection.value}`} role="status">
    <span class="dot" aria-hidden="true" />
    {CONNECTED[connection.value]}
  </p>
);

const Navigation = ({ current }: { current: string }) => (
  <nav aria-label="views">
    <ul>
      {VIEWS.map(({ name, title }) => (
        <li key={name}>
          <a href={linkTo(name)} aria-current={name === current ? 'page' : undefined}>
            {title}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const Header = ({ current }: { current: string }) => (
  <header>
    <a class="brand" href={linkTo('')}>
      <img src={ICON} alt="" width="22" height="22" />
      coalmine
    </a>
    {isSignedIn.value !== false && <Navigation current={current} />}
    <div class="standing">
      {isSignedIn.value !== false && <ConnectionSign />}
      {isSignedIn.value === true && <Leaving />}
    </div>
  </header>
);

/** Who is here and may do what, and the way out, where they came in by a key. */
const Leaving = () => {
  const [refused, setRefused] = useState<Refused | null>(null);
  const person = who.value;
  const leave = async (): Promise<void> => {
    try {
      await signOut();
    } catch (error) {
      setRefused(asRefused(error));
    }
  };
  return (
    <>
      {person !== null && (
        <span class="muted small who">
          <span class="name">{person.by}</span> <Badge tone="calm">{person.role}</Badge>
        </span>
      )}
      {person?.untilMs !== null && (
        <button type="button" class="quiet" onClick={() => void leave()}>
          Sign out
        </button>
      )}
      {refused !== null && <RefusalNote refused={refused} />}
    </>
  );
};

const ICON = new URL('icon.svg', import.meta.url).href;

/** The page: its frame, and the view that the address names. */
export const App = () => {
  const main = useRef<HTMLElement>(null);
  const { view, rest, query } = route.value;
  const shown = VIEWS.find(({ name }) => name === view) ?? VIEWS[0];
  const place = [view, ...rest].join('/');
  const before = useRef(place);
  useEffect(() => {
    document.title = `${rest[0] ?? shown.title} · coalmine`;
    // Who reads by ear or keyboard goes on where the new view begins.
    if (before.current !== place) main.current?.focus();
    before.current = place;
  }, [place]);
  const { Page } = shown;
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        To the content
      </a>
      <Header current={shown.name} />
      <main id="main" ref={main} tabIndex={-1}>
        {isSignedIn.value === false ? (
          <SignIn onSignedIn={() => (changes.value += 1)} />
        ) : (
          <Page key={shown.name} rest={rest} query={query} />
        )}
      </main>
    </>
  );
};
