import { useState } from 'preact/hooks';
import { storeToken } from './server/token.ts';

/** Asks for the token, where the page was opened without one or with a wrong one. */
export function AskToken({ onToken }: { onToken: () => void }) {
  const [token, setToken] = useState('');
  return (
    <form
      class="ask-token"
      onSubmit={(event) => {
        event.preventDefault();
        storeToken(token.trim());
        onToken();
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
      <button type="submit" disabled={token.trim() === ''}>
        Open
      </button>
    </form>
  );
}
