import { useState } from 'preact/hooks';
import { ErrorState } from './components/notice.tsx';
import { storeToken } from './server/token.ts';

/** Asks for the token, where the page was opened without one or with a wrong one. */
export function AskToken({
  onToken,
}: {
  /** Tries what was typed in. @returns whether it was taken */
  onToken: () => Promise<boolean>;
}) {
  const [token, setToken] = useState('');
  const [isRefused, setIsRefused] = useState(false);
  const open = async () => {
    storeToken(token.trim());
    setIsRefused(!(await onToken()));
  };
  return (
    <main class="ask-token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <h1>Agent Lightning</h1>
        <label for="token">The server asks for a token. The command that started it has printed it.</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        {isRefused ? <ErrorState message="The server does not take this token" /> : null}
        <button type="submit" class="primary" disabled={token.trim() === ''}>
          Open
        </button>
      </form>
    </main>
  );
}
