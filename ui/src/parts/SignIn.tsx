// Asks for the token of a manager that wants one.

import { useState } from "preact/hooks";
import { signIn, token } from "../session";
import { useTitle } from "./title";

export function SignIn() {
  useTitle("Sign in");
  const [given, setGiven] = useState("");
  const before = token() !== null;
  return (
    <section class="card narrow">
      <h1>Sign in</h1>
      <p>This manager asks for a token. It is kept until this tab is closed.</p>
      {before && (
        <p class="failure" role="alert">
          The manager has not accepted the token that this page has.
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(given.trim());
        }}
      >
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            value={given}
            onInput={(event) => setGiven(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </section>
  );
}
